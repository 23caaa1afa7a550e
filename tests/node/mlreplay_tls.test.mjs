// run and learn against https servers, with certificates that the system does not know.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

import { capture } from './capture.mjs';
import { makeCertificate } from './certificate.mjs';
import { answer, folder, listen, replay, sendAnswer, startHttp, tasks, test } from './rig.mjs';

const simple = t => capture(t, [1, 2, 3].map(() =>
	({ entries: tasks.textual, payload: 'a dog', answer })));

async function startTls(t, certificate) {
	const server = createServer(certificate, sendAnswer);

	await listen(t, server);
	server.on('tlsClientError', () => {}); // a client that does not trust it
	return `https://127.0.0.1:${server.address().port}`;
}

async function run(t, url, ...args) {
	return replay(['run', await simple(t), '--target', url, ...args]);
}

test('a target is trusted by the file of its authority', async t => {
	const certificate = makeCertificate(t);
	const url = await startTls(t, certificate);
	const { status, out, err } = await run(t, url, '--ca-file', certificate.file);

	assert.equal(err, '');
	assert.equal(status, 0);
	assert.match(out, /^3 requests, 3 compared$/m);
});

test('the file is good for the baseline, too, and for both copies of learn', async t => {
	const certificate = makeCertificate(t);
	const urls = [await startTls(t, certificate), await startTls(t, certificate)];
	const output = join(folder(t), 'tolerance.json');
	const { status, err } = await run(t, urls[0], '--baseline', urls[1], '--ca-file', certificate.file);

	assert.equal(status, 0, err);
	const learn = ['learn', await simple(t), '--target', urls[0], '--second', urls[1], '-o', output];
	const refused = await replay(learn);

	assert.equal(refused.status, 3);
	assert.match(refused.err, /--ca-file FILE says whom to trust/);
	assert.equal(existsSync(output), false);
	assert.equal((await replay([...learn, '--ca-file', certificate.file])).status, 0);
});

const trust = /; --ca-file FILE says whom to trust, --insecure trusts anybody$/m;
const look = /; --insecure does not look at it$/m;

for (const [what, { made, isTrusted = true, says, helps }] of Object.entries({
	'self-signed': {
		isTrusted: false, says: 'the certificate is self-signed and not trusted', helps: trust,
	},
	expired: { made: { from: -2, to: -1 }, says: 'the certificate has expired', helps: look },
	'for another name': {
		made: { of: 'DNS:other.example' }, says: 'the certificate is for another name', helps: look,
	},
}))
	test(`a certificate that is ${what} is told, with the way out`, async t => {
		const certificate = makeCertificate(t, made);
		const url = await startTls(t, certificate);
		const args = isTrusted ? ['--ca-file', certificate.file] : [];
		const { status, err } = await run(t, url, ...args);

		assert.equal(status, 3);
		assert.ok(err.startsWith(
			`mlreplay: the target cannot be reached: no TLS connection: ${says}; `), err);
		assert.match(err, helps);
		assert.equal((await run(t, url, ...args, '--insecure')).status, 0);
	});

test('a file of another authority is as none', async t => {
	const url = await startTls(t, makeCertificate(t));
	const { status, err } = await run(t, url, '--ca-file', makeCertificate(t).file);

	assert.equal(status, 3);
	assert.match(err, trust);
});

test('a target that does not speak TLS is told apart', async t => {
	const { port } = (await startHttp(t, sendAnswer)).address();
	const { status, err } = await run(t, `https://127.0.0.1:${port}`);

	assert.equal(status, 3);
	assert.match(err, /no TLS connection: it does not speak TLS$/m);
});
