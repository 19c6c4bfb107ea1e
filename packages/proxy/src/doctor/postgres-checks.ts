// What lies behind the exchange: PostgreSQL, and the name under which it knows the principal.

import { databaseUserOf, formatInstanceUri } from 'alloydb-connector';
import { isServiceAccount, shellWord } from 'alloydb-connector/google-apis';
import { orAborted } from 'alloydb-connector/probe';
import { askForEncryption, logIn, type LoginOutcome } from '../postgres/login.ts';
import { type Check, fail, messageOf, pass, skip, warn } from './check.ts';
import type { Secured } from './connect-checks.ts';
import type { ExaminedInstance, Subject } from './subject.ts';

/** Whether the one who is to log in is the one who is let in. */
export function iamUserCheck(
  { config, probe, login }: Subject,
  { uri, autoIamAuthn }: ExaminedInstance,
  token: Check,
): Check {
  return {
    id: 'iam-user',
    title: 'Auto IAM user name',
    instance: formatInstanceUri(uri),
    needs: [token],
    async run() {
      // Of a token alone nobody can tell whose it is.
      if (autoIamAuthn && config.credentials.loginToken !== undefined)
        return skip('the user is the one that the token of --login-token is for');
      const principal = probe.apis.principal();
      const expected = principal === undefined ? undefined : databaseUserOf(principal);
      if (!autoIamAuthn) {
        if (expected === undefined || login.user !== expected)
          return skip('without --auto-iam-authn users log in with passwords');
        return warn(
          `${expected} is the IAM principal, and --auto-iam-authn is off: a password would be needed`,
          'add --auto-iam-authn',
        );
      }
      if (expected === undefined)
        return skip('whom the credentials are for is not known: the user is their e-mail address');
      if (login.user === undefined || login.user === expected) return pass(`the database user is ${expected}`);
      return fail(
        `the credentials are those of ${principal}, who is not ${login.user} in the database`,
        `log in as that user: --user ${shellWord(expected)}`,
      );
    },
  };
}

export function postgresCheck(
  subject: Subject,
  instance: ExaminedInstance,
  { exchange, suspects }: { readonly exchange: Check<Secured>; readonly suspects: readonly Check[] },
): Check {
  const { login } = subject;
  return {
    id: 'postgres',
    title: 'PostgreSQL',
    instance: formatInstanceUri(instance.uri),
    needs: [exchange],
    async run({ signal, from }) {
      const { socket } = from(exchange);
      const { user, database, password } = login;
      try {
        if (user === undefined) {
          const answer = await orAborted(askForEncryption(socket), signal);
          if (answer === 'N' || answer === 'S') return pass('it answers; with --user a login is tried');
          return fail(
            `it answers "${answer}" to a request for encryption, as PostgreSQL does not`,
            undefined,
            suspects,
          );
        }
        const outcome = await orAborted(logIn(socket, { user, database, password }), signal);
        return judge(outcome, subject, instance, suspects);
      } catch (error) {
        signal.throwIfAborted();
        return fail(
          `it breaks off: ${messageOf(error)}`,
          'try again; if it stays, see the log of the instance',
          suspects,
        );
      } finally {
        socket.destroy();
      }
    },
  };
}

function judge(outcome: LoginOutcome, subject: Subject, instance: ExaminedInstance, suspects: readonly Check[]) {
  const { user = '', database } = subject.login;
  switch (outcome.is) {
    case 'logged-in':
      return pass(
        `${user} is logged in to ${database}, PostgreSQL ${outcome.serverVersion ?? 'of an unknown version'}`,
      );
    case 'asked':
      return pass(`it asks ${user} for ${outcome.method}; with PGPASSWORD set the login is completed`);
    case 'refused': {
      const { sqlState, message } = outcome;
      return fail(`${message} (SQLSTATE ${sqlState})`, fixFor(outcome, subject, instance), suspects);
    }
  }
}

function fixFor(
  { sqlState, message }: { readonly sqlState: string; readonly message: string },
  { config, probe, login }: Subject,
  { uri, autoIamAuthn }: ExaminedInstance,
): string | undefined {
  const { user = '', database } = login;
  const at = `--cluster=${shellWord(uri.cluster)} --region=${shellWord(uri.region)} --project=${shellWord(uri.project)}`;
  switch (sqlState) {
    case '28000':
    case '28P01': {
      const isMissing = /does not exist/.test(message);
      if (autoIamAuthn) {
        const principal = config.credentials.loginToken === undefined ? (probe.apis.principal() ?? '') : user;
        const kind = isServiceAccount(principal) ? 'a service account is an IAM_BASED user too' : 'an IAM_BASED user';
        return `make the user, ${kind}: gcloud alloydb users create ${shellWord(user)} ${at} --type=IAM_BASED`;
      }
      if (isMissing) return `make the user: gcloud alloydb users create ${shellWord(user)} ${at} --password=PASSWORD`;
      return `set PGPASSWORD to the password of ${user}, or give it another: gcloud alloydb users set-password ${shellWord(user)} ${at} --password=PASSWORD`;
    }
    case '3D000':
      return `name another --database, or make it: CREATE DATABASE "${database}"`;
    case '53300':
      return 'end connections that nobody uses, or raise max_connections of the instance';
    case '57P03':
      return 'wait until the database has started';
    default:
      return undefined;
  }
}
