// access.adminListen and access.adminToken in the process that people run.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';

import { answerOf, configOf, file, get, listen, run, startProxy, test } from './rig.mjs';

const TOKEN = 's3cret+/=';

const config = access => ({ ...configOf({ own: { url: 'http://127.0.0.1:1' } }), access });

async function ask(url, { token = TOKEN, body } = {}) {
	const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
	const method = body ? 'POST' : 'GET';
	const text = body && JSON.stringify(body);

	return answerOf(await fetch(`${url}/api/config`, { method, headers, body: text }));
}

// Where the admin paths are from now on.
async function adminUrl(proxy, count = 1) {
	const found = await proxy.matches('err', /event=listening address=(\S+) for=admin/g, count);

	return `http://${found[count - 1][1]}`;
}

test('the admin paths are where adminListen says, and move as it does', async t => {
	const access = { adminListen: '127.0.0.1:0', adminToken: TOKEN };
	const proxy = await startProxy(t, config(access), 4, { listeners: 2 });
	const first = await adminUrl(proxy);

	assert.equal((await ask(first)).status, 200);
	assert.equal((await ask(first, { token: 'guess' })).status, 401);
	assert.equal((await ask(proxy.url)).status, 404);
	assert.equal((await get({ url: first }, '/ping')).status, 404);

	const moved = config({ ...access, adminListen: '127.0.0.2:0' });

	assert.equal((await ask(first, { body: moved })).status, 200);
	const second = await adminUrl(proxy, 2);

	assert.match(second, /^http:\/\/127\.0\.0\.2:/);
	assert.equal((await ask(second)).status, 200);

	// a connection that was kept finds nothing there any more, and nobody else is let in
	const later = await ask(first).catch(() => null);

	assert.equal(later?.status ?? 404, 404);
	assert.equal((await ask(second, { body: config({ adminToken: TOKEN }) })).status, 200);
	assert.equal((await ask(proxy.url)).status, 200);
	assert.ok(!proxy.err.includes(TOKEN));
});

test('an adminListen that is in use is refused, at the start, too', async t => {
	const other = await listen(t, createServer());
	const taken = `127.0.0.1:${other.address().port}`;
	const proxy = await startProxy(t, config({}));
	const refused = await ask(proxy.url, { body: config({ adminListen: taken }) });

	assert.equal(refused.status, 400);
	assert.deepEqual(JSON.parse(refused.body), {
		error: `cannot listen on ${taken}: Address already in use`, path: 'access.adminListen',
	});
	assert.equal((await ask(proxy.url)).status, 200);

	const path = file(t, 'config.json', JSON.stringify(config({ adminListen: taken })));
	const ended = await run(['--config', path, '--listen', '127.0.0.1:0']);

	assert.notEqual(ended.status, 0);
	assert.match(ended.err,
		/^mlproxy: access\.adminListen: cannot listen on \S+: Address already in use$/m);
});
