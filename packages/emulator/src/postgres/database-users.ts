// The database users that the emulator creates: built-in ones with a password, and IAM users.

import { randomBytes } from 'node:crypto';
import { EmulatorError } from '../emulator-error.ts';
import { databaseUserOf } from '../iam/principal.ts';
import { type Database, runStatements } from './database.ts';

export interface ListedUser {
  readonly name: string;
  readonly type: 'ALLOYDB_BUILT_IN' | 'ALLOYDB_IAM_USER';
}

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
  readonly #builtIn = new Set<string>();
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
    this.#builtIn.add(name);
    return { name, password };
  }

  /** Returns the name that `principal` has as a database user. @throws EmulatorError `DATABASE_REFUSED` */
  async createIam(principal: string): Promise<string> {
    const name = databaseUserOf(principal);
    const password = randomBytes(24).toString('base64url');
    await this.#putRole(name, password);
    this.#iamPasswords.set(name, password);
    this.#builtIn.delete(name);
    return name;
  }

  /** Those that were created here, and the superuser. */
  list(): readonly ListedUser[] {
    const builtIn = new Set([this.#database.user, ...this.#builtIn]);
    return [
      ...[...builtIn].map((name) => ({ name, type: 'ALLOYDB_BUILT_IN' }) as const),
      ...[...this.#iamPasswords.keys()].map((name) => ({ name, type: 'ALLOYDB_IAM_USER' }) as const),
    ];
  }

  /** @throws EmulatorError `UNKNOWN_USER`, or `DATABASE_REFUSED` when it owns something. */
  async delete(name: string): Promise<void> {
    if (name === this.#database.user || !this.list().some((user) => user.name === name)) {
      throw new EmulatorError('UNKNOWN_USER', `Cannot delete user "${name}": it was not created here`);
    }
    await runStatements(this.#database, `DROP ROLE IF EXISTS ${identifier(name)}`);
    this.#builtIn.delete(name);
    this.#iamPasswords.delete(name);
  }

  /** What is to be known again after a restart; the users themselves are in PostgreSQL. */
  snapshot() {
    return { builtIn: [...this.#builtIn], iamPasswords: [...this.#iamPasswords] };
  }

  restore(saved: ReturnType<DatabaseUsers['snapshot']>): void {
    for (const name of saved.builtIn) this.#builtIn.add(name);
    for (const [name, password] of saved.iamPasswords) this.#iamPasswords.set(name, password);
  }

  /** Of the superuser, with whose old one the statement is run. @throws EmulatorError `DATABASE_REFUSED` */
  async changePassword(password: string): Promise<void> {
    await this.#putRole(this.#database.user, password);
  }

  /** Makes the user a member of these roles. @throws EmulatorError `DATABASE_REFUSED` */
  async addToRoles(name: string, roles: readonly string[]): Promise<void> {
    for (const role of roles) {
      // AlloyDB's own role for administrators, which plain PostgreSQL does not have.
      if (role === 'alloydbsuperuser') await this.#putGroup(role);
      await runStatements(this.#database, `GRANT ${identifier(role)} TO ${identifier(name)}`);
    }
  }

  /** Undefined when `name` is no IAM user. */
  iamPassword(name: string): string | undefined {
    return this.#iamPasswords.get(name);
  }

  async #putGroup(name: string): Promise<void> {
    await runStatements(
      this.#database,
      `DO $do$ BEGIN
         IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(name)}) THEN
           CREATE ROLE ${identifier(name)} NOLOGIN CREATEDB CREATEROLE;
         END IF;
       END $do$`,
    );
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
