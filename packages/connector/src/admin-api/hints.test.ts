import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { apiReasons, type HintContext, hintFor } from './hints.ts';
import { type ApiErrorBody, readApiError } from './api-error.ts';

const instance = { project: 'shop', region: 'europe-west4', cluster: 'main', instance: 'primary' };
const account = 'api@shop.iam.gserviceaccount.com';

function hint(answer: Partial<ApiErrorBody>, context: Partial<HintContext> = {}): string | undefined {
  const body = { status: 'PERMISSION_DENIED', message: '', reason: undefined, metadata: {}, fieldViolations: [] };
  return hintFor({ ...body, ...answer }, { instance, principal: account, ...context });
}

suite('hintFor', () => {
  test('hintFor enables the API in the project that the call is charged to, not in that of the instance', () => {
    assert.equal(
      hint({ reason: 'SERVICE_DISABLED', metadata: { consumer: 'projects/4711' } }),
      'enable the API, then wait a few minutes: gcloud services enable alloydb.googleapis.com --project=4711',
    );
    assert.match(hint({ reason: 'SERVICE_DISABLED' }) ?? '', /--project=shop$/);
  });

  test('hintFor names principal, permission and project and grants the role of the client', () => {
    assert.equal(
      hint({
        reason: 'IAM_PERMISSION_DENIED',
        metadata: { permission: 'alloydb.instances.connect', resource: 'projects/shop/locations/x/clusters/y' },
      }),
      `${account} needs alloydb.instances.connect in project shop: gcloud projects add-iam-policy-binding shop ` +
        `--member=serviceAccount:${account} --role=roles/alloydb.client`,
    );
  });

  test('hintFor writes a person as user:, a federated identity as it is, and says so when it knows neither', () => {
    const denied = { reason: 'IAM_PERMISSION_DENIED' };
    assert.match(hint(denied, { principal: 'ann@example.com' }) ?? '', /--member=user:ann@example\.com /);
    const federated = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s';
    assert.ok(hint(denied, { principal: federated })?.includes(`--member=${federated} `));
    assert.match(hint(denied, { principal: undefined }) ?? '', /--member=PRINCIPAL .*\(PRINCIPAL is user:EMAIL or /);
  });

  test('hintFor grants the least role that holds the permission', () => {
    const metadata = { permission: 'alloydb.instances.list' };
    assert.match(hint({ reason: 'IAM_PERMISSION_DENIED', metadata }) ?? '', /--role=roles\/alloydb\.viewer$/);
  });

  test('hintFor lets the principal use the quota project', () => {
    assert.match(
      hint({ reason: 'USER_PROJECT_DENIED', metadata: { consumer: 'projects/billing' } }) ?? '',
      /add-iam-policy-binding billing --member=serviceAccount:\S+ --role=roles\/serviceusage\.serviceUsageConsumer$/,
    );
  });

  test('hintFor sends a person back to log in, and suspects the clock of a service account', () => {
    const expired = { status: 'UNAUTHENTICATED', reason: 'ACCESS_TOKEN_EXPIRED' };
    assert.match(hint(expired, { principal: undefined }) ?? '', /gcloud auth application-default login/);
    assert.match(hint(expired) ?? '', /clock of this machine/);
  });

  test('hintFor hands the identifier of VPC Service Controls to who can look it up', () => {
    const message = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: a1-B2_c3";
    assert.match(hint({ reason: 'SECURITY_POLICY_VIOLATED', message }) ?? '', /vpcServiceControlsUniqueId="a1-B2_c3"'/);
  });

  test('hintFor lists what exists when the instance does not', () => {
    assert.match(
      hint({ status: 'NOT_FOUND' }) ?? '',
      /gcloud alloydb instances list --cluster=main --region=europe-west4 --project=shop/,
    );
  });

  test('hintFor repeats which field of the request was not accepted', () => {
    const details = [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'parent', description: 'unknown region' }],
      },
    ];
    const error = { code: 400, message: 'bad', status: 'INVALID_ARGUMENT', details };
    const body = readApiError({ status: 400, headers: {}, body: JSON.stringify({ error }) });
    assert.match(hintFor(body, { instance, principal: undefined }) ?? '', /\(parent: unknown region\)/);
  });

  test('hintFor leaves an answer that it does not know to its own text', () => {
    assert.equal(hint({ reason: 'SOMETHING_NEW' }), undefined);
  });

  test('hintFor never lets a name from outside run in the shell that it is pasted into', () => {
    const evil = 'x; touch $(id) `id`';
    for (const [reason, row] of Object.entries(apiReasons)) {
      const text = row.hint(
        { instance: { ...instance, project: evil }, principal: `${evil}'` },
        { status: '', message: '', metadata: { consumer: `projects/${evil}`, uid: evil }, fieldViolations: [] },
      );
      const [, command] = /(gcloud .*)$/.exec(text) ?? [];
      const unquoted = (command ?? '').replaceAll(String.raw`\'`, '').replaceAll(/'[^']*'/g, '');
      assert.doesNotMatch(unquoted, /[`$]|touch/, reason);
    }
  });
});
