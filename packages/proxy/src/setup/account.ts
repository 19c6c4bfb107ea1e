// Which service account is meant: its project, its name, and the e-mail address that follows from them.

import { UsageError } from '../cli/usage-error.ts';

export interface Account {
  /** ID of the project, as in `my-project` or `example.com:my-project`. */
  readonly project: string;
  /** What stands before the @. */
  readonly name: string;
  readonly email: string;
}

/** @throws {UsageError} for what Google would not take. */
export function readAccount({
  project,
  name,
}: {
  readonly project: string | undefined;
  readonly name: string;
}): Account {
  if (project === undefined) {
    throw new UsageError('setup service-account needs to know the project', {
      hint: 'name the one that the instance is in: --project PROJECT; see gcloud projects list',
    });
  }
  if (/^\d+$/.test(project)) {
    throw new UsageError(`"${project}" is the number of a project, and its ID is needed`, {
      hint: `it is shown by: gcloud projects describe ${project} --format='value(projectId)'`,
    });
  }
  const [, domain, id = ''] = /^(?:([a-z0-9.-]+):)?([a-z][a-z0-9-]*)$/.exec(project) ?? [];
  if (id === '') {
    throw new UsageError(`invalid value "${project}" for --project: expected the ID of a project`, {
      hint: 'write it like --project my-project; see gcloud projects list',
    });
  }
  if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(name)) {
    throw new UsageError(
      `invalid value "${name}" for --name: expected 6 to 30 lower-case letters, digits and -, beginning with a letter`,
      { hint: 'write it like --name alloydb-proxy' },
    );
  }
  return { project, name, email: `${name}@${domain === undefined ? id : `${id}.${domain}`}.iam.gserviceaccount.com` };
}
