// What the calls of the IAM API work on.

import type { Iam } from '../iam/caller.ts';
import type { ServiceAccountKeys } from '../iam/service-account-keys.ts';

export interface IamAdminParts {
  readonly iam: Iam;
  readonly keys: ServiceAccountKeys;
}
