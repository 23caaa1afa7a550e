// What passes is recorded to disk: as HAR that others read, for nobody else, while it runs; and what
// happens when the disk does not take it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { faultsOfHar, readHar } from './har.mjs';
import {
	canRun, configOf, folder, form, get, mounted, photo, post, startMock, startProxy, tasks, test,
	until,
} from './rig.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };

async function start(t, capture, options) {
	const mock = await startMock(t, 'one');

	return { mock, proxy: await startProxy(t, configOf({ one: mock }, { capture }), 4, options) };
}

const state = async proxy => JSON.parse((await get(proxy, '/api/capture')).body);

async function turn(proxy, enabled) {
	const body = JSON.stringify({ enabled });
	const response = await fetch(`${proxy.url}/api/capture`,
		{ method: 'POST', headers: JSON_TYPE, body });

	assert.equal(response.status, 200);
	return response.json();
}

async function ask(proxy, entries = tasks.visual, payload = photo, options = {}) {
	assert.equal((await post(proxy, form(entries, payload), options)).status, 200);
}

// Who reads within an append may see half of it.
function tryRead(path) {
	try {
		return readHar(path);
	} catch {
		return null;
	}
}

// The entries in the file, when there are so many.
async function recorded(dir, count) {
	let har;

	await until(() => {
		har = tryRead(join(dir, 'capture.har'));
		return har?.log.entries.length >= count;
	});
	assert.equal(har.log.entries.length, count);
	assert.deepEqual(faultsOfHar(har), []);
	return har.log.entries;
}

const failures = proxy => [...proxy.err.matchAll(/ event=capture-failed .*/g)];

test('what was asked is in the file by itself, the photo once, and nobody else may read it', async t => {
	const dir = join(folder(t), 'capture');
	const { proxy } = await start(t, { dir });

	await Promise.all([tasks.visual, tasks.faces, tasks.ocr].map(entries =>
		ask(proxy, entries, photo, { headers: { authorization: 'Bearer sesame' } })));
	const entries = await recorded(dir, 6);
	const hash = createHash('sha256').update(photo).digest('hex');
	const blob = join(dir, 'blobs', hash.slice(0, 2), hash);

	assert.deepEqual(readFileSync(blob), photo);
	for (const { request } of entries)
		assert.equal(request._parts[1].sha256, hash);
	assert.deepEqual(entries.map(({ _seq }) => _seq), [1, 2, 3, 4, 5, 6]);
	assert.equal(readFileSync(join(dir, 'capture.har')).includes('sesame'), false);
	for (const [path, mode] of [[dir, 0o700], [join(dir, 'capture.har'), 0o600], [blob, 0o600]])
		assert.equal(statSync(path).mode & 0o777, mode);
	const { enabled, failed, dropped, blobs } = await state(proxy);
	assert.deepEqual({ enabled, failed, dropped, blobs },
		{ enabled: true, failed: false, dropped: 0, blobs: 1 });
});

test('it is switched off and on, and a restart goes on', async t => {
	const dir = join(folder(t), 'capture');
	const { mock, proxy } = await start(t, { dir, enabled: false });

	await ask(proxy);
	assert.equal((await turn(proxy, true)).enabled, true);
	await ask(proxy);
	await recorded(dir, 2);
	assert.equal((await turn(proxy, false)).enabled, false);
	await ask(proxy);
	await proxy.stop();
	proxy.wasMeantToEnd = true;
	const next = await startProxy(t, configOf({ one: mock }, { capture: { dir } }));
	await ask(next);
	const entries = await recorded(dir, 4);

	assert.deepEqual(entries.map(({ _seq }) => _seq), [1, 2, 3, 4]);
	assert.equal((await state(next)).blobs, 0);
});

test('another folder by POST /api/config', async t => {
	const [first, second] = ['first', 'second'].map(name => join(folder(t), name));
	const { mock, proxy } = await start(t, { dir: first });

	await ask(proxy);
	const body = JSON.stringify(configOf({ one: mock }, { capture: { dir: second } }));
	const changed = await fetch(`${proxy.url}/api/config`, { method: 'POST', headers: JSON_TYPE, body });

	assert.equal(changed.status, 200);
	await ask(proxy);
	await recorded(first, 2);
	await recorded(second, 2);
	assert.equal((await state(proxy)).dir, second);
});

test('what the rules take out never touches the disk', async t => {
	const dir = join(folder(t), 'capture');
	const redact = [{ header: 'user-agent' }, { text: 'hash' }, { image: 'synthetic' },
		{ entries: '**.modelName' }, { answer: '**.text' }];
	const { proxy } = await start(t, { dir, redact });

	await ask(proxy, tasks.textual, 'two dogs at the beach');
	await ask(proxy, tasks.ocr);
	for (const entry of await recorded(dir, 4)) {
		assert.equal(entry._replayable, false);
		for (const { name, value } of entry.request.headers)
			assert.ok(name !== 'user-agent' || value === '(redacted)');
	}
	const text = readFileSync(join(dir, 'capture.har'), 'utf8');

	for (const secret of ['beach', 'ViT-B-32__openai', 'PP-OCRv5_mobile'])
		assert.equal(text.includes(secret), false);
	const hash = createHash('sha256').update(photo).digest('hex');

	assert.equal(existsSync(join(dir, 'blobs', hash.slice(0, 2), hash)), false);
});

// The service's 422 has what it did not like as `input`.
test('an error that repeats what was asked does not bring it to the disk', async t => {
	const dir = join(folder(t), 'capture');
	const { proxy } = await start(t, { dir, redact: [{ text: 'hash' }, { image: 'exif' }] });
	const body = new FormData();

	body.append('entries', JSON.stringify(tasks.visual));
	body.append('image', 'a day at the beach');
	body.append('text', new Blob(['a day at the beach']), 'beach.txt');
	const answer = await fetch(`${proxy.url}/predict?text=beach`, { method: 'POST', body });

	assert.equal(answer.status, 422);
	assert.match(await answer.text(), /beach/);
	for (const entry of await recorded(dir, 2)) {
		assert.equal(entry._replayable, false);
		assert.equal(entry.response.status, 422);
		assert.equal(entry.response.content._lacksBody, 'redacted');
	}
	assert.equal(readFileSync(join(dir, 'capture.har'), 'utf8').includes('beach'), false);
});

// Every request is answered, there is one line, and it goes on when it is told to.
async function assertHarmless(t, dir, why, before) {
	const { proxy } = await start(t, { dir }, { before });
	const some = seed => Buffer.concat([photo, Buffer.alloc(500_000, seed)]);

	for (let i = 0; i < 8; i++)
		await ask(proxy, tasks.visual, some(i));
	await proxy.matches('err', / event=capture-failed /g);
	await Promise.all(Array.from({ length: 8 }, (_, i) => ask(proxy, tasks.visual, some(i))));
	const { enabled, failed, why: said } = await state(proxy);

	assert.deepEqual({ enabled, failed }, { enabled: false, failed: true });
	assert.match(said, why);
	assert.equal(failures(proxy).length, 1);
	assert.match((await get(proxy, '/metrics')).body, /^mlproxy_capture_failed 1$/m);
	assert.equal((await turn(proxy, true)).failed, false);
	await ask(proxy, tasks.textual, 'a dog');
	await until(async () => (await state(proxy)).queued === 0);
	assert.equal((await get(proxy, '/ping')).status, 200);
}

test('a disk that is full', async t => {
	const path = folder(t);
	const before = mounted(path, `mount -t tmpfs -o size=${1 << 20} none "$0"`);

	if (!canRun(before)) {
		t.skip('nothing may be mounted here');
		return;
	}
	await assertHarmless(t, join(path, 'capture'), /No space left on device/, before);
});

test('files that may not grow', async t => {
	const before = ['prlimit', `--fsize=${1 << 18}`];

	await assertHarmless(t, join(folder(t), 'capture'), /File too large/, before);
});

test('a folder in which another mlproxy records', async t => {
	const dir = join(folder(t), 'capture');
	const { mock, proxy } = await start(t, { dir });

	await until(() => existsSync(join(dir, 'capture.har')));
	const other = await startProxy(t, configOf({ one: mock }, { capture: { dir } }));

	await other.matches('err', / event=capture-failed /g);
	await ask(other);
	assert.equal((await state(other)).failed, true);
	await ask(proxy);
	await recorded(dir, 2);
});

test('what is no folder', async t => {
	const dir = join(folder(t), 'capture');

	writeFileSync(dir, '');
	const { proxy } = await start(t, { dir });

	await proxy.matches('err', / event=capture-failed .* why=".*Not a directory"/g);
	await ask(proxy);
});
