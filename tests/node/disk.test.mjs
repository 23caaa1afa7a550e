// A disk that cannot take what mlproxy would like to keep: then a request has only the one backend
// that it was sent to, which is logged, and it is answered like any other.

import assert from 'node:assert/strict';

import {
	canRun, configOf, folder, mounted, photo, post, startMock, startProxy, tasks, test, unnamedFiles,
	until, written,
} from './rig.mjs';

const names = ['one', 'two'];
const AT_ONCE = 24;
const PHOTO_BYTES = 5 << 20;

// Every answer is as it would be without, and each request whose body has found no room says so.
async function assertAnswered(t, spillDir, why, { before, limits } = {}) {
	const [one, two] = await Promise.all(
		names.map(name => startMock(t, name, { args: ['--no-decode'] })));
	const config = configOf({ one, two }, {
		taskRouting: { clip: names },
		limits: { keptBytes: 1 << 20, spillDir, ...limits },
	});
	const proxy = await startProxy(t, config, 4, { before });
	const { body, headers } = await written(tasks.visual,
		Buffer.concat([photo, Buffer.alloc(PHOTO_BYTES - photo.length)]));
	const wanted = await post(one, body, { headers });

	assert.equal(wanted.status, 200);
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		assert.deepEqual(await post(proxy, body, { headers }), wanted);
	}));
	const lines = await proxy.matches('err', /event=spill-failed id=(\S+) why="([^"]*)"/g);
	assert.equal(new Set(lines.map(([, id]) => id)).size, lines.length);
	for (const [, , text] of lines)
		assert.match(text, why);
	await until(() => !unnamedFiles(proxy).length);
}

test('files that may not grow', async t => {
	const before = ['prlimit', `--fsize=${1 << 20}`];

	await assertAnswered(t, folder(t), /spillDir .*: File too large/, { before });
});

test('a disk that is full', async t => {
	const path = folder(t);
	const before = mounted(path, `mount -t tmpfs -o size=${4 << 20} none "$0"`);

	if (!canRun(before)) {
		t.skip('nothing may be mounted here');
		return;
	}
	await assertAnswered(t, path, /spillDir .*: No space left on device/, { before });
});

test('a folder that is not there', async t => {
	await assertAnswered(t, '/nonexistent/spill', /spillDir .*: No such file or directory/);
});

test('no disk at all', async t => {
	await assertAnswered(t, folder(t), /spillBytes \(0 bytes\)/, { limits: { spillBytes: 0 } });
});
