// The codec against protobufjs, an independent reading of the wire format.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as protobuf from 'protobufjs';
import { type AuthType, decodeResponse, encodeRequest } from './codec.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message MetadataExchangeRequest {
    enum AuthType { UNSPECIFIED = 0; DB_NATIVE = 1; AUTO_IAM = 2; }
    string user_agent = 1;
    AuthType auth_type = 2;
    string oauth2_token = 3;
  }
  message MetadataExchangeResponse {
    enum ResponseCode { UNSPECIFIED = 0; OK = 1; ERROR = 2; }
    ResponseCode response_code = 1;
    string error = 2;
  }
  message Later { fixed64 a = 7; fixed32 b = 8; bytes c = 9; uint64 d = 1000; }
`);
const request = root.lookupType('MetadataExchangeRequest');
const response = root.lookupType('MetadataExchangeResponse');
const later = root.lookupType('Later');

const encode = (type: protobuf.Type, value: object): Buffer =>
  Buffer.from(type.encode(type.fromObject(value)).finish());

test('encodeRequest writes what protobufjs reads, for any text', () => {
  const text = fc.string({ unit: 'binary', maxLength: 600 });
  fc.assert(
    fc.property(text, fc.constantFrom<AuthType>('DB_NATIVE', 'AUTO_IAM'), text, (userAgent, authType, token) => {
      const read = request.toObject(request.decode(encodeRequest({ userAgent, authType, token })), {
        enums: String,
        defaults: true,
      });
      assert.deepEqual(read, { userAgent, authType, oauth2Token: token });
    }),
  );
});

test('decodeResponse reads what protobufjs writes, with unknown fields in between', () => {
  const extra = fc.record({ a: fc.nat(), b: fc.nat(), c: fc.uint8Array({ maxLength: 300 }), d: fc.nat() });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), extra, (error, unknown) => {
      const bytes = [encode(later, unknown), encode(response, { responseCode: 2, error }), encode(later, unknown)];
      assert.deepEqual(decodeResponse(Buffer.concat(bytes)), { code: 'ERROR', error });
    }),
  );
});

test('decodeResponse knows the documented bytes of OK', () => {
  assert.deepEqual(decodeResponse(Buffer.from([0x08, 0x01])), { code: 'OK' });
});

test('decodeResponse tells a reply without a code, or with an unknown one, from OK', () => {
  assert.deepEqual(decodeResponse(Buffer.alloc(0)), { code: 'UNSPECIFIED' });
  assert.deepEqual(decodeResponse(Buffer.from([0x08, 0x07])), { code: 'UNSPECIFIED' });
});

test('decodeResponse throws on torn or senseless bytes and on nothing else', () => {
  for (const bytes of [
    [0x08],
    [0x12, 0x05, 0x61],
    [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f],
    [0x0b],
    Array(11).fill(0xff),
  ]) {
    assert.throws(() => decodeResponse(Buffer.from(bytes)), Error);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decodeResponse(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof Error && error.constructor === Error, String(error));
      }
    }),
  );
});
