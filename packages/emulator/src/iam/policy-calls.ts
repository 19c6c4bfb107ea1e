// The three calls that every resource with a policy has: getIamPolicy, setIamPolicy and testIamPermissions.

import { ApiError, invalidArgument } from '../http/api-error.ts';
import type { Iam } from './caller.ts';
import { isPermission } from './permissions.ts';
import { isTexts, readPolicy, readVersion, writtenPolicy } from './policy-document.ts';
import { fieldsOf, type RestCall } from './rest-service.ts';

/** @throws ApiError 400 */
export function getIamPolicy(resource: string, { body, query }: RestCall, { policy }: Iam): unknown {
  const asked = fieldsOf(body.options).requestedPolicyVersion ?? query.get('options.requestedPolicyVersion');
  return writtenPolicy(policy.of(resource), readVersion(asked));
}

/** @throws ApiError 409 when the etag is stale, 400 when the policy cannot be used or would lose conditions. */
export function setIamPolicy(resource: string, { body }: RestCall, { policy, accounts }: Iam): unknown {
  if (body.policy === undefined) throw invalidArgument({ field: 'policy', description: 'The policy is missing.' });
  const written = readPolicy(body.policy, (email) => accounts.find(email) !== undefined);
  const current = policy.of(resource);
  const { etag, version, bindings } = written;
  if (etag !== undefined && etag !== current.etag) {
    throw new ApiError(
      409,
      `There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag '${etag}' did not match the current policy's ETag '${current.etag}'.`,
    );
  }
  // Without an etag, Google lets conditions be lost.
  if (etag !== undefined && current.hasConditions && version !== 3) {
    throw invalidArgument({
      field: 'policy.version',
      description: `Specified policy version (${version}) cannot be less than the existing policy version (3).`,
    });
  }
  current.replace(bindings);
  return writtenPolicy(current, 3);
}

const MAX_PERMISSIONS = 100;

/** Those of the permissions that the caller has. Nobody needs a permission for this. @throws ApiError 400 */
export function testIamPermissions(resource: string, { principal, body }: RestCall, { policy }: Iam): unknown {
  const { permissions = [] } = body;
  if (!isTexts(permissions) || permissions.length > MAX_PERMISSIONS) {
    const description = `The permissions must be a list of at most ${MAX_PERMISSIONS} texts.`;
    throw invalidArgument({ field: 'permissions', description });
  }
  const granted = permissions.filter((permission) => {
    if (isPermission(permission)) return policy.allows(principal, permission, resource);
    throw invalidArgument({
      field: 'permissions',
      description: `Permission ${permission} is not valid for this resource.`,
    });
  });
  return granted.length === 0 ? {} : { permissions: granted };
}
