// Captures as fixtures, and as what comes of one that is replayed and recorded again.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { genuineServer } from './genuine.mjs';
import { configOf, folder, listen, replay, startProxy, test } from './rig.mjs';

const captures = fileURLToPath(new URL('../../fixtures/captures', import.meta.url));
const script = fileURLToPath(new URL('../../tools/captures.mjs', import.meta.url));

test('fixtures/captures are what mlproxy records', async () => {
	const { stdout } = await promisify(execFile)(process.execPath, [script, '--check']);
	const said = stdout.trim().split('\n').map(line => line.split(': '));

	assert.deepEqual(said.map(([name]) => name).sort(), readdirSync(captures).sort());
	assert.ok(said.every(([, word]) => word === 'as it was'), stdout);
});

for (const name of readdirSync(captures)) {
	test(`${name} is a sound capture`, async () => {
		const { status, err } = await replay(['verify', join(captures, name)]);

		assert.deepEqual([status, err], [0, '']);
	});
}

function ofClients(dir) {
	const { entries } = JSON.parse(readFileSync(join(dir, 'capture.har'), 'utf8')).log;

	return entries.filter(({ _side }) => _side === 'client');
}

const bodies = entries => entries.map(({ request }) => request._sha256).sort();

// Everything that clients have asked, once more through another mlproxy that records it. What that
// refuses as soon as it has read the entries may be answered before the picture has come.
test('a capture that is replayed and recorded again is the same', async t => {
	const backend = await listen(t, genuineServer());
	const dir = join(folder(t), 'again');
	const config = { ...configOf({ ml: backend }), capture: { dir, enabled: true } };
	const proxy = await startProxy(t, config);
	const run = await replay(['run', join(captures, 'genuine'), '--target', proxy.url]);

	assert.deepEqual([run.status, run.err], [0, '']);
	await proxy.stop();
	const again = ofClients(dir);
	const cut = again.filter(({ request }) => '_lacksBody' in request);
	const whole = again.filter(entry => !cut.includes(entry));
	const diff = await replay(['diff', join(captures, 'genuine'), dir, '--tolerance', 'exact']);

	assert.equal(again.length, 36);
	assert.ok(cut.length <= 1 && cut.every(({ response }) => response.status === 422));
	assert.deepEqual([diff.status, diff.err], [0, '']);
	assert.match(diff.out, new RegExp(`^36 requests, ${whole.length} compared`, 'm'));
	const wanted = bodies(ofClients(join(captures, 'genuine')));

	assert.deepEqual(bodies(whole), wanted.filter(body => bodies(whole).includes(body)));
});
