// Tells beforehand that a database user cannot log in by IAM: the server says so only after the login has failed.

import { databaseUserOf } from 'alloydb-connector';

/** Undefined when there is nothing wrong, or nothing known. */
export function remarkOnUser(user: string, principal: string | undefined): string | undefined {
  if (principal === undefined || user === '' || user === databaseUserOf(principal)) return undefined;
  return `the client logs in as "${user}", but with Auto IAM AuthN the database user must be "${databaseUserOf(principal)}", that of the principal ${principal}`;
}
