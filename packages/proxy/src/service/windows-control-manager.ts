// Makes this process a service in the eyes of Windows, by calls into advapi32.dll; only an executable can.

import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { dlopen, JSCallback, ptr } from 'bun:ffi';
import { type ServiceStatus, WindowsService } from './windows-service.ts';
import { parentProgram } from './windows-processes.ts';

const OWN_PROCESS = 0x10;
/** ERROR_SERVICE_SPECIFIC_ERROR: the code stands in the next field. */
const SPECIFIC_ERROR = 1066;

/** Resolves with undefined when nobody started this process as a service. */
export async function joinServices(): Promise<WindowsService | undefined> {
  // Only services are its children. To ask Windows itself takes a failed start of a thread and its patience.
  if (parentProgram() !== 'services.exe') return undefined;
  const { promise, resolve } = Promise.withResolvers<WindowsService | undefined>();
  let service: WindowsService | undefined;
  const { symbols } = dlopen('advapi32.dll', {
    RegisterServiceCtrlHandlerExW: { args: ['ptr', 'ptr', 'ptr'], returns: 'ptr' },
    SetServiceStatus: { args: ['ptr', 'ptr'], returns: 'i32' },
  });
  // The name of a service that has the process for itself is not looked at: an empty one, with its zero.
  const name = new Uint16Array(1);
  const handler = new JSCallback((control = 0) => service?.control(control), {
    args: ['u32', 'u32', 'ptr', 'ptr'],
    returns: 'u32',
    threadsafe: true,
  });
  const main = new JSCallback(
    () => {
      const handle = symbols.RegisterServiceCtrlHandlerExW(ptr(name), handler.ptr, null);
      service = new WindowsService({ report: (status) => symbols.SetServiceStatus(handle, ptr(encode(status))) });
      resolve(service);
    },
    { args: ['u32', 'ptr'], returns: 'void', threadsafe: true },
  );
  // SERVICE_TABLE_ENTRYW: name and function, and an entry of zeros as its end.
  const table = new BigUint64Array([BigInt(ptr(name)), BigInt(main.ptr ?? 0), 0n, 0n]);
  inUse.push(name, handler, main, table);
  // Seen from the main module: the bundler keeps the folders of entry points, but not those of what they import.
  const script = new URL('service/windows-dispatcher.ts', pathToFileURL(process.argv[1] ?? ''));
  const dispatcher = new Worker(script, { workerData: ptr(table) });
  dispatcher.once('exit', () => resolve(undefined));
  dispatcher.once('error', () => resolve(undefined));
  return promise;
}

/** Windows holds their addresses until the process ends. */
const inUse: unknown[] = [];

/** SERVICE_STATUS. */
function encode({ state, accepts, exitCode, checkpoint, waitHintMs }: ServiceStatus): Uint32Array {
  return new Uint32Array([
    OWN_PROCESS,
    state,
    accepts,
    exitCode === 0 ? 0 : SPECIFIC_ERROR,
    exitCode,
    checkpoint,
    waitHintMs,
  ]);
}
