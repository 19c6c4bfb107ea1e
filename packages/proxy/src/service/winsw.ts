// The configuration of WinSW, which makes a service of Windows out of a program that is none.

import { win32 } from 'node:path';
import { windowsConfigPath, windowsFolder } from './config-path.ts';
import { type Service, stopSeconds } from './service.ts';
import { windowsCommandLine } from './windows-words.ts';
import { xmlText } from './xml.ts';

export interface WinswOptions {
  readonly account: string;
  readonly displayName: string;
}

/** Like the service of the executable: restarted at once three times and after that too, log by size and age. */
export function winswConfig(service: Service, { account, displayName }: WinswOptions): string {
  const [executable = '', ...args] = service.program;
  const commandLine = windowsCommandLine([...args, '--config-file', windowsConfigPath(service)]);
  return `\
<service>
  <id>${service.name}</id>
  <name>${xmlText(displayName)}</name>
  <description>Authorises and encrypts connections to AlloyDB for PostgreSQL instances.</description>
  <executable>${xmlText(executable)}</executable>
  <arguments>${xmlText(commandLine)}</arguments>
  <startmode>Automatic</startmode>
  <onfailure action="restart" delay="0 sec"/>
  <stoptimeout>${stopSeconds(service)} sec</stoptimeout>
  <serviceaccount>
    <username>${xmlText(account)}</username>
  </serviceaccount>
  <logpath>${xmlText(win32.join(windowsFolder(), 'logs'))}</logpath>
  <log mode="roll-by-size">
    <sizeThreshold>51200</sizeThreshold>
    <keepFiles>10</keepFiles>
  </log>
</service>
`;
}
