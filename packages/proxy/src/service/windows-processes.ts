// Who started this process on Windows.

import { dlopen, ptr } from 'bun:ffi';

const TH32CS_SNAPPROCESS = 0x2;
/** PROCESSENTRY32W on 64 bits: its size, and where it holds what is looked at here. */
const ENTRY = { size: 568, processId: 8, file: 44 } as const;

/** File name of the program that started this one, in lower case; undefined when it has ended. */
export function parentProgram(): string | undefined {
  const { symbols } = dlopen('kernel32.dll', {
    CreateToolhelp32Snapshot: { args: ['u32', 'u32'], returns: 'ptr' },
    Process32FirstW: { args: ['ptr', 'ptr'], returns: 'i32' },
    Process32NextW: { args: ['ptr', 'ptr'], returns: 'i32' },
    CloseHandle: { args: ['ptr'], returns: 'i32' },
  });
  // A list needs no right to open any of the processes, which a service's account would not have.
  const snapshot = symbols.CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  const entry = Buffer.alloc(ENTRY.size);
  entry.writeUInt32LE(ENTRY.size);
  try {
    let found = symbols.Process32FirstW(snapshot, ptr(entry));
    for (; found !== 0; found = symbols.Process32NextW(snapshot, ptr(entry))) {
      if (entry.readUInt32LE(ENTRY.processId) !== process.ppid) continue;
      const [file = ''] = entry.toString('utf16le', ENTRY.file).split('\0');
      return file.toLowerCase();
    }
    return undefined;
  } finally {
    symbols.CloseHandle(snapshot);
  }
}
