// A stand-in for the two streams: keeps what is written and says what it is told of being a terminal.

import { defaultSettings, type Settings } from '../../src/cli/settings.ts'
import { Terminal } from '../../src/cli/terminal.ts'

export class Screen {
  stdout = ''
  stderr = ''
  readonly terminal: Terminal
  readonly settings: Settings

  constructor(settings: Partial<Settings> = {}, isTTY = false, columns = 80) {
    this.settings = { ...defaultSettings, color: 'never', ...settings }
    const stdout = { isTTY, write: (text: string) => (this.stdout += text) }
    const stderr = { isTTY, columns, write: (text: string) => (this.stderr += text) }
    this.terminal = new Terminal(stdout, stderr, this.settings)
  }

  get talk(): string[] {
    return this.stderr.split('\n').slice(0, -1)
  }
}
