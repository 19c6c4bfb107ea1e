// The shells that there are completions for, and how each of them is told.

import { PROGRAM } from '../program-name.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof SHELLS)[number];

export const INSTALL_COMPLETION = `\
To try it in the shell that is open:
  source <(${PROGRAM} completion bash)
  source <(${PROGRAM} completion zsh)
  ${PROGRAM} completion fish | source
  ${PROGRAM} completion powershell | Out-String | Invoke-Expression

To have it in every new one, add that line to ~/.bashrc, to ~/.zshrc (behind compinit), to
~/.config/fish/config.fish or to $PROFILE. The bash 3.2 of macOS needs eval "$(...)" in place of
source <(...).
`;
