// Runs all audits of graphql-http for GraphQL over HTTP against the server at AUDIT_URL,
// with AUDIT_AUTHORIZATION as the Authorization header where it is set. The exit status is
// 0 when every audit is ok, warnings and notices included.
import { serverAudits } from 'graphql-http';

const expected = 61; // so that an audit which is lost in an upgrade does not pass unseen
const url = process.env.AUDIT_URL ?? 'http://127.0.0.1:8080/graphql';
const authorization = process.env.AUDIT_AUTHORIZATION;

function fetchFn(input, init = {}) {
  const headers = new Headers(init.headers);
  if (authorization) headers.set('authorization', authorization);
  return fetch(input, { ...init, headers });
}

let passed = 0;
let failed = 0;
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn().catch((error) => ({ status: 'error', reason: `${error.message}: ${error.cause?.message ?? 'is the server up?'}` }));
  if (result.status === 'ok') {
    passed++;
  } else {
    failed++;
    console.log(`${audit.id}  ${result.status.padEnd(6)}  ${audit.name}: ${result.reason}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed === expected && failed === 0 ? 0 : 1;
