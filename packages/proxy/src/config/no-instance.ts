// The mistake that can be put right by a question: no instance was named anywhere.

import { UsageError } from '../cli/usage-error.ts';

export class NoInstance extends UsageError {
  constructor() {
    super('no instance to connect to', {
      hint: 'name one: alloydb-auth-proxy projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
    });
  }
}
