// Runs all audits of graphql-http for GraphQL over HTTP against the server at AUDIT_URL. When
// AUDIT_AUTHORIZATION is set, it is the Authorization header of all requests. The exit status is
// 0 only when all audits pass; warnings and notices count as failures.
import { serverAudits } from 'graphql-http';

const auditCount = 61; // detects audits that an upgrade of graphql-http removes
const url = process.env.AUDIT_URL ?? 'http://127.0.0.1:8080/graphql';
const authorization = process.env.AUDIT_AUTHORIZATION;

function fetchWithKey(input, init = {}) {
  const headers = new Headers(init.headers);
  if (authorization) headers.set('authorization', authorization);
  return fetch(input, { ...init, headers });
}

let passed = 0;
let failed = 0;
for (const audit of serverAudits({ url, fetchFn: fetchWithKey })) {
  const result = await audit.fn().catch((error) => ({ status: 'error', reason: `${error.message}: ${error.cause?.message ?? 'is the server up?'}` }));
  if (result.status === 'ok') {
    passed++;
  } else {
    failed++;
    console.log(`${audit.id}  ${result.status.padEnd(6)}  ${audit.name}: ${result.reason}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed === auditCount && failed === 0 ? 0 : 1;
