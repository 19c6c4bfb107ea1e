// Whether a DNS name leads to an instance, and to one that it may lead to.

import { formatInstanceUri } from 'alloydb-connector';
import { type Check, failWith, pass } from './check.ts';
import type { ExaminedDomain } from './subject.ts';

export function domainCheck({ domain, found }: ExaminedDomain): Check {
  return {
    id: 'domain',
    title: `name ${domain}`,
    needs: [],
    run: async () => (found instanceof Error ? failWith(found) : pass(`points to ${formatInstanceUri(found)}`)),
  };
}
