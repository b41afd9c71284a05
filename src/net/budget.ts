// How much one turn of the loop may do before it looks at the socket again: neither a flood of arrivals nor a full
// window may keep the other waiting, for ACKs that are not read stop the sender as surely as a lost path.

/** Datagrams taken in a turn: about 2 ms of opening. */
export const receiveDatagramsPerTurn = 256
/** Datagrams sent in a turn: about 0.6 ms of sealing and sending, as much as libuv reads in two. */
export const sendDatagramsPerTurn = 64

export class SendBudget {
  #left = sendDatagramsPerTurn

  startTurn(): void {
    this.#left = sendDatagramsPerTurn
  }

  spend(datagrams: number): void {
    this.#left -= datagrams
  }

  get isSpent(): boolean {
    return this.#left <= 0
  }
}
