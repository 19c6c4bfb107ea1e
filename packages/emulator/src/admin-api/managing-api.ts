// The Admin API's calls that manage: clusters, instances, users and operations, one table in each version. What connectors and tests
// of them call as well, PATCH of an instance and the get of an operation among it, is in route.ts, with faults and counts.

import { nextPage, pageOf } from '../iam/paging.ts';
import type { RestApi } from '../iam/rest-service.ts';
import { CLUSTER_ROWS } from './cluster-calls.ts';
import { INSTANCE_ROWS } from './instance-calls.ts';
import { type ManagingParts, type ManagingRow, restRow } from './managing-call.ts';
import type { ApiVersion } from './route.ts';
import { USER_ROWS } from './user-calls.ts';

const OPERATION_ROWS: readonly ManagingRow[] = [
  {
    http: 'GET',
    path: '/operations',
    rpc: 'ListOperations',
    permission: 'alloydb.operations.list',
    run: ({ location, query }, { operations }) => {
      const page = pageOf(operations.list(location), query, 100);
      return { operations: page.items, ...nextPage(page) };
    },
  },
  {
    http: 'DELETE',
    path: '/operations/[^/:]+',
    rpc: 'DeleteOperation',
    permission: 'alloydb.operations.delete',
    run: ({ resource }, { operations }) => {
      operations.delete(resource);
      return {};
    },
  },
];

export function managingApi(version: ApiVersion): RestApi<ManagingParts> {
  const rows = [...CLUSTER_ROWS, ...INSTANCE_ROWS, ...USER_ROWS, ...OPERATION_ROWS];
  return { service: 'alloydb.googleapis.com', rows: rows.map((row) => restRow(row, version)) };
}
