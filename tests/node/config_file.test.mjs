// What becomes of the configuration's file when it is changed, and when it cannot be.

import assert from 'node:assert/strict';
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import {
	answerOf, canRun, configOf, file, folder, get, isSanitized, mounted, startProxyWith, test,
	until,
} from './rig.mjs';

const anywhere = ['--listen', '127.0.0.1:0', '--workers', '2'];
const KILLS = isSanitized ? 10 : 50;

// A configuration that is told by its number, and as large as wanted.
function numbered(number, bytes = 0) {
	const backends = { [`b${number}`]: { url: `http://127.0.0.1:9/${number}` } };
	const lines = [];

	for (let i = 0; i * 4096 < bytes; i++)
		lines.push({ name: `x${i}`, url: 'http://127.0.0.1:9', headers: { x: 'y'.repeat(4000) } });
	const config = configOf(backends, { taskRouting: {}, modelTypeRouting: {} });

	config.backends.push(...lines);
	return JSON.stringify(config);
}

async function change(proxy, text) {
	return answerOf(await fetch(`${proxy.url}/api/config`, {
		method: 'POST', body: text, headers: { 'content-type': 'application/json' },
	}));
}

// Nobody is killed in between here, so nothing else is in the folder.
function assertAlone(path) {
	assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
}

// The processes that these commands start see these files at the same paths, which others do not.
function seenBy({ child }, path) {
	return readFileSync(`/proc/${child.pid}/root${path}`, 'utf8');
}

// -- what is changed ------------------------------------------------------------------------------

test('a change is in the file when it is answered, and its mode stays', async t => {
	const path = file(t, 'config.json', numbered(0));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path]);

	for (const [i, mode] of [0o600, 0o640, 0o444].entries()) {
		chmodSync(path, mode);
		assert.equal((await change(proxy, numbered(i + 1))).status, 200);
		assert.equal(readFileSync(path, 'utf8'), numbered(i + 1));
		assert.equal(statSync(path).mode & 0o7777, mode);
	}
	assertAlone(path);
});

test('a symbolic link stays one', async t => {
	const real = file(t, 'real.json', numbered(0));
	const path = join(folder(t), 'config.json');

	symlinkSync(real, path);
	const proxy = await startProxyWith(t, [...anywhere, '--config', path]);
	assert.equal((await change(proxy, numbered(1))).status, 200);
	assert.ok(lstatSync(path).isSymbolicLink());
	assert.equal(readFileSync(real, 'utf8'), numbered(1));
});

test('without a file a change makes one, for the next start', async t => {
	for (const where of ['STATE_DIRECTORY', 'cwd']) {
		const directory = folder(t);
		const path = join(directory, 'config.json');
		const options = where === 'cwd' ? { cwd: directory } : { env: { [where]: directory } };
		const proxy = await startProxyWith(t, anywhere, options);

		assert.equal((await get(proxy, '/api/config')).body, '{}');
		assert.equal((await change(proxy, numbered(1))).status, 200);
		assert.equal(readFileSync(path, 'utf8'), numbered(1));
		assert.equal(statSync(path).mode & 0o7777, 0o600);
		assertAlone(path);
		const next = await startProxyWith(t, anywhere, options);
		assert.equal((await get(next, '/api/config')).body, numbered(1));
	}
});

// -- what cannot be -------------------------------------------------------------------------------

// It is answered 500 with why, and neither the process nor the file has changed.
async function assertUnsaved(t, path, before, pattern, text = numbered(1)) {
	const proxy = await startProxyWith(t, [...anywhere, '--config', path], { before });
	const old = seenBy(proxy, path);
	const { status, body } = await change(proxy, text);

	assert.equal(status, 500, body);
	assert.match(JSON.parse(body).error, pattern);
	await proxy.matches('err', /level=warn event=config-refused path=\S+ why=/g);
	assert.equal((await get(proxy, '/api/config')).body, old);
	assert.equal(seenBy(proxy, path), old);
	assert.deepEqual(readdirSync(`/proc/${proxy.child.pid}/root${dirname(path)}`)
		.filter(name => name.startsWith('.')), []);
}

test('a folder that may only be read', async t => {
	const path = file(t, 'config.json', numbered(0));
	const before = mounted(dirname(path),
		'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"');

	if (!canRun(before)) {
		t.skip('nothing may be mounted here');
		return;
	}
	await assertUnsaved(t, path, before, /: Read-only file system; its folder is mounted read-only/);
});

test('a disk that is full', async t => {
	const path = file(t, 'config.json', numbered(0));
	const before = mounted(dirname(path), 'text=$(cat "$0/config.json") && ' +
		'mount -t tmpfs -o size=64k none "$0" && printf %s "$text" >"$0/config.json"');

	if (!canRun(before)) {
		t.skip('nothing may be mounted here');
		return;
	}
	await assertUnsaved(t, path, before, /: No space left on device; make room there/,
		numbered(1, 100_000));
});

test('a file that is mounted without its folder', async t => {
	const path = file(t, 'config.json', numbered(0));
	const before = mounted(dirname(path), 'mount --bind "$0/config.json" "$0/config.json"');

	if (!canRun(before)) {
		t.skip('nothing may be mounted here');
		return;
	}
	await assertUnsaved(t, path, before, /: Device or resource busy; .* mount its folder instead/);
});

test('a folder that belongs to somebody else', async t => {
	if (process.getuid() !== 0) {
		t.skip('only root may become somebody else');
		return;
	}
	const path = file(t, 'config.json', numbered(0));

	chmodSync(dirname(path), 0o755);
	await assertUnsaved(t, path, ['setpriv', '--reuid', '65534', '--clear-groups'],
		/: Permission denied; let mlproxy's user write in its folder/);
});

// -- a slow one -----------------------------------------------------------------------------------

const strace = (...inject) => ['strace', '-f', '-qq', '-o', '/dev/null',
	'-e', 'trace=fsync,renameat', '-e', `inject=${inject.join(':')}`];

// The search for leaks at the end traces the program itself, and there can be but one that does.
const searchingNoLeaks = { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:detect_leaks=0` };

// The program that strace has started.
function tracedBy({ child }) {
	return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
}

test('a slow disk holds up nobody, and at SIGTERM what is being saved is finished', async t => {
	const slow = strace('fsync', 'delay_enter=4000000', 'when=1');

	if (!canRun(slow)) {
		t.skip('nobody may be traced here');
		return;
	}
	const path = file(t, 'config.json', numbered(0));
	const proxy = await startProxyWith(t,
		['--listen', '127.0.0.1:0', '--workers', '1', '--config', path],
		{ before: slow, env: searchingNoLeaks });
	const events = [];
	const changed = change(proxy, numbered(1)).then(({ status }) => events.push(status));

	await until(() => readdirSync(dirname(path)).length === 2);
	for (let i = 0; i < 20; i++)
		assert.equal((await get(proxy, '/api/config')).body, numbered(0));
	events.push('others');
	const refused = change(proxy, numbered(2));

	process.kill(tracedBy(proxy), 'SIGTERM');
	await changed;
	assert.deepEqual(events, ['others', 200]);
	assert.equal((await refused).status, 503);
	assert.equal(await proxy.end(), 0);
	assert.equal(readFileSync(path, 'utf8'), numbered(1));
	assertAlone(path);
});

// -- kill -9 --------------------------------------------------------------------------------------

// With files that take their time, at any moment of a change, and whatever it was doing.
test('kill -9 at any moment leaves a whole file', async t => {
	const bytes = 200_000;
	const path = file(t, 'config.json', numbered(0, bytes));
	let wholeMs = 0;
	let changed = 0;

	for (let i = 1; i <= KILLS; i++) {
		const proxy = await startProxyWith(t, [...anywhere, '--config', path]);
		const before = readFileSync(path, 'utf8');
		const start = performance.now();
		const answered = change(proxy, numbered(i, bytes)).catch(() => {});

		if (i === 1) {
			await answered;
			wholeMs = performance.now() - start;
		} else {
			await new Promise(resolve => setTimeout(resolve, wholeMs * i / KILLS));
		}
		await proxy.kill();
		await answered;
		const after = readFileSync(path, 'utf8');

		assert.ok(after === before || after === numbered(i, bytes));
		changed += after !== before;
	}
	t.diagnostic(`${changed} of ${KILLS} were changed before they were killed`);
});

// At the entry of the system call: the file is written but not on the disk; it is, but without its
// name; it has its name, but nobody has been told.
test('kill -9 between writing and renaming', async t => {
	const cases = [['fsync', false], ['renameat', false], ['fsync:when=2', true]];

	if (!canRun(strace('fsync', 'signal=KILL'))) {
		t.skip('nobody may be traced here');
		return;
	}
	for (const [where, isChanged] of cases) {
		const path = file(t, 'config.json', numbered(0));
		const proxy = await startProxyWith(t, [...anywhere, '--config', path],
			{ before: strace(where, 'signal=KILL') });

		proxy.wasMeantToEnd = true;
		await assert.rejects(change(proxy, numbered(1)));
		assert.equal(await proxy.end(), 'SIGKILL');
		assert.equal(readFileSync(path, 'utf8'), numbered(isChanged ? 1 : 0), where);
		assert.equal(readdirSync(dirname(path)).length, isChanged ? 1 : 2);
		const next = await startProxyWith(t, [...anywhere, '--config', path]);
		assert.equal((await change(next, numbered(2))).status, 200);
		assertAlone(path);
	}
});
