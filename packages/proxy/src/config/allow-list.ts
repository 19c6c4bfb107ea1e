// Which peers may connect over TCP.

import { BlockList, isIPv4, isIPv6 } from 'node:net';

export class AllowList {
  /** As they were written. */
  readonly networks: readonly string[];
  readonly #networks = new BlockList();

  /**
   * @param networks CIDR blocks (`10.0.0.0/8`, `fd00::/8`) or single addresses.
   * @throws {RangeError} naming the first that is neither.
   */
  constructor(networks: readonly string[]) {
    this.networks = networks;
    for (const network of networks) {
      const [address = '', ...rest] = network.split('/');
      const family = familyOf(address);
      const prefix = readPrefix(rest, family);
      if (family === undefined || prefix === undefined) {
        throw new RangeError(`"${network}" is neither a CIDR block nor an IP address`);
      }
      this.#networks.addSubnet(address, prefix, family);
    }
  }

  /** An IPv4 peer of an IPv6 listener (`::ffff:10.0.0.1`) counts as IPv4. A peer that has gone already is not allowed. */
  allows(address: string | undefined): boolean {
    // The zone of a link-local address names an interface of this machine; a network has none.
    const [plain = ''] = (address ?? '').split('%');
    const family = familyOf(plain);
    return family !== undefined && this.#networks.check(plain, family);
  }
}

type Family = 'ipv4' | 'ipv6';

const bits: { readonly [Of in Family]: number } = { ipv4: 32, ipv6: 128 };

function familyOf(address: string): Family | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) && !address.includes('%') ? 'ipv6' : undefined;
}

/** The length behind the slash; without one, the address stands for itself. */
function readPrefix([text, ...more]: readonly string[], family: Family | undefined): number | undefined {
  if (family === undefined || more.length > 0) return undefined;
  if (text === undefined) return bits[family];
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= bits[family] ? Number(text) : undefined;
}
