// Without a file the variables that routers made of nginx take are the configuration, so that
// mlproxy can be put in such a one's place; what is posted then becomes a file.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	answerOf, digest, folder, form, get, photo, post, received, run, startMock, startProxyWith, tasks,
	test,
} from './rig.mjs';

const anywhere = ['--listen', '127.0.0.1:0', '--workers', '2'];
const { visual, textual } = tasks;

function startMocks(t, ...names) {
	return Promise.all(names.map(name => startMock(t, name)));
}

// What each mock has received since it was last asked.
async function payloads(...mocks) {
	const all = await Promise.all(mocks.map(received));

	return all.map(requests => requests.map(({ payloadSha256 }) => payloadSha256));
}

test('texts, pictures and all else go where the variables say', async t => {
	const [all, text, image] = await startMocks(t, 'all', 'text', 'image');
	const env = {
		ML_DEFAULT_URL: all.url,
		ML_TEXT_URL: text.url,
		ML_IMAGE_URL: image.url,
		MAX_BODY_SIZE: '1m',
	};
	const proxy = await startProxyWith(t, anywhere, { env });

	assert.equal((await post(proxy, form(textual, 'a dog'))).status, 200);
	assert.equal((await post(proxy, form(visual, photo))).status, 200);
	assert.equal((await post(proxy, form(visual, Buffer.alloc(1 << 20)))).status, 413);
	assert.deepEqual(await payloads(all, text, image), [[], [digest('a dog')], [digest(photo)]]);
	assert.equal((await get(proxy, '/ping')).body, 'pong');
});

test('what has no variable goes to the default', async t => {
	const [all, text] = await startMocks(t, 'all', 'text');
	const env = { ML_DEFAULT_URL: all.url, ML_TEXT_URL: text.url, ML_IMAGE_URL: '' };
	const proxy = await startProxyWith(t, anywhere, { env });

	assert.equal((await post(proxy, form(textual, 'a dog'))).status, 200);
	assert.equal((await post(proxy, form(visual, photo))).status, 200);
	assert.deepEqual(await payloads(all, text), [[digest(photo)], [digest('a dog')]]);
});

test('a wrong variable is said by its name', async () => {
	const url = 'http://127.0.0.1:9';
	const cases = [
		[{ ML_TEXT_URL: url }, /^mlproxy: ML_DEFAULT_URL: found nothing, wanted the URL /],
		[{ ML_DEFAULT_URL: url, ML_IMAGE_URL: 'box:3003' },
			/^mlproxy: ML_IMAGE_URL: found "box:3003", wanted http/],
		[{ ML_DEFAULT_URL: url, MAX_BODY_SIZE: '32mb' },
			/^mlproxy: MAX_BODY_SIZE: found "32mb", wanted a size such as 32m/],
	];

	for (const [env, pattern] of cases) {
		const { status, err } = await run(['--check-config'], { env });

		assert.equal(status, 2);
		assert.match(err, pattern);
	}
});

test('it is shown as a file would be, with the variables it comes from', async t => {
	const [all] = await startMocks(t, 'all');
	const env = { ML_DEFAULT_URL: all.url, MAX_BODY_SIZE: '32m' };
	const proxy = await startProxyWith(t, anywhere, { env });
	const effective = JSON.parse((await get(proxy, '/api/config?effective=1')).body);

	assert.deepEqual(JSON.parse((await get(proxy, '/api/config')).body), {
		defaultBackend: 'default',
		backends: [{ name: 'default', url: all.url }],
		limits: { body: 32 << 20 },
	});
	assert.deepEqual(effective.limits.body, { value: 32 << 20, from: 'environment MAX_BODY_SIZE' });
	assert.deepEqual(effective.backends[0].url,
		{ value: all.url, from: 'environment ML_DEFAULT_URL' });
	assert.deepEqual(effective.limits.parts, { value: 2002, from: 'default' });
});

test('what is posted becomes a file, which is what counts from then on', async t => {
	const [all, other] = await startMocks(t, 'all', 'other');
	const cwd = folder(t);
	const options = { cwd, env: { ML_DEFAULT_URL: all.url, MAX_BODY_SIZE: '1m' } };
	const path = join(cwd, 'config.json');
	const proxy = await startProxyWith(t, anywhere, options);
	const wanted = { defaultBackend: 'other', backends: [{ name: 'other', url: other.url }] };
	const check = async server => {
		assert.equal((await post(server, form(visual, photo))).status, 200);
		assert.equal((await post(server, form(visual, Buffer.alloc(1 << 20)))).status, 413);
		assert.deepEqual(await payloads(all, other), [[], [digest(photo)]]);
	};

	assert.ok(!existsSync(path));
	const answer = await answerOf(await fetch(`${proxy.url}/api/config`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(wanted),
	}));
	assert.equal(answer.status, 200, answer.body);
	assert.deepEqual(JSON.parse(readFileSync(path)),
		{ ...wanted, taskRouting: {}, modelTypeRouting: {}, limits: { body: 1 << 20 } });
	await check(proxy);
	await check(await startProxyWith(t, anywhere, options));
});
