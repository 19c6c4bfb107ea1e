// The database users that the emulator creates: built-in ones with a password, and IAM users.

import { randomBytes } from 'node:crypto';
import { databaseUserOf } from '../iam/principal.ts';
import { type Database, runStatements } from './database.ts';

export interface DatabaseUser {
  readonly name: string;
  readonly password: string;
}

/**
 * An IAM user is a role whose random password only the emulator knows and uses in the user's name. So PostgreSQL needs
 * no rule that trusts anybody, and any PostgreSQL can be used.
 */
export class DatabaseUsers {
  readonly #database: Database;
  readonly #iamPasswords = new Map<string, string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates the user, or gives an existing one this password. @throws EmulatorError `DATABASE_REFUSED` */
  async createBuiltIn(user: { readonly name: string; readonly password?: string }): Promise<DatabaseUser> {
    const { name, password = randomBytes(12).toString('base64url') } = user;
    await this.#putRole(name, password);
    // The name is an ordinary user again, should it have been an IAM user before.
    this.#iamPasswords.delete(name);
    return { name, password };
  }

  /** Returns the name that `principal` has as a database user. @throws EmulatorError `DATABASE_REFUSED` */
  async createIam(principal: string): Promise<string> {
    const name = databaseUserOf(principal);
    const password = randomBytes(24).toString('base64url');
    await this.#putRole(name, password);
    this.#iamPasswords.set(name, password);
    return name;
  }

  /** Undefined when `name` is no IAM user. */
  iamPassword(name: string): string | undefined {
    return this.#iamPasswords.get(name);
  }

  async #putRole(name: string, password: string): Promise<void> {
    // No name can hold a quote mark that it cannot know.
    const quote = `$q${randomBytes(8).toString('hex')}$`;
    await runStatements(
      this.#database,
      `SET password_encryption = 'scram-sha-256';
       DO ${quote} BEGIN
         IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(name)}) THEN
           CREATE ROLE ${identifier(name)};
         END IF;
       END ${quote};
       ALTER ROLE ${identifier(name)} LOGIN PASSWORD ${literal(password)}`,
    );
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// With standard_conforming_strings, which every PostgreSQL of today has on, a quote is all that needs care.
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
