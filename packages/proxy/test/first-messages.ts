// What a client of PostgreSQL says first, to the byte.

const protocolVersion = 196_608;
const cancelRequestCode = 80_877_102;

export function startupMessage(user: string): Buffer {
  const parameters = Buffer.from(`user\0${user}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + parameters.length);
  head.writeUInt32BE(protocolVersion, 4);
  return Buffer.concat([head, parameters]);
}

export function cancelRequest(): Buffer {
  const message = Buffer.alloc(16);
  message.writeUInt32BE(16);
  message.writeUInt32BE(cancelRequestCode, 4);
  message.write('12345678', 8);
  return message;
}
