// A configuration file in which every setting stands as a comment, made from the table so that it cannot say what is
// not so. Pure.

import { fallbackOf, keys, partsOf, rowOf, sections } from './table.ts'

export function exampleText(): string {
  return [
    '# Settings of pfs. A flag outdoes a PFS_* variable, which outdoes a profile, then ./pfs.yaml (with --project),',
    '# your own file, and the one of the machine. Take the # away from what you want to set.',
    '# Check it with `pfs config validate`, see what holds with `pfs config show --origin`.',
    'version: 1',
    ...sections.flatMap(sectionLines),
    '',
    '# The same sections under a name, for --profile NAME.',
    'profiles:',
    '  # metered:',
    '  #   transfer:',
    '  #     bwlimit: 1M',
    '',
  ].join('\n')
}

function sectionLines(section: string): string[] {
  const settings = keys.filter(key => partsOf(key)[0] === section)
  return [
    '',
    `${section}:`,
    ...settings.flatMap(key => {
      const { describe, example } = rowOf(key)
      return [`  # ${describe} (${fallbackOf(key).text})`, `  # ${partsOf(key)[1]}: ${example}`]
    }),
  ]
}
