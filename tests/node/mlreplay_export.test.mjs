// A capture as one file: it is HAR to others, has every body as it was, and is a capture again.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { capture, sha256 } from './capture.mjs';
import { faultsOfHar, readHar } from './har.mjs';
import { folder, isSanitized, photo, replay, tasks, test } from './rig.mjs';

const fixture = name => new URL(`../../fixtures/captures/${name}`, import.meta.url).pathname;
const captures = readdirSync(fixture(''));
const vector = JSON.stringify({ clip: '[0.6,0.8]' });

async function exported(t, path, name, ...args) {
	const to = join(folder(t), name);
	const { status, out, err } = await replay(['export', path, '-o', to, ...args]);

	assert.deepEqual({ status, err }, { status: 0, err: '' });
	return { to, out };
}

const blobOf = (path, hash) => join(path, 'blobs', hash.slice(0, 2), hash);

function answerOf(path, { text = '', encoding, _sha256 }) {
	return _sha256 ? readFileSync(blobOf(path, _sha256)) : Buffer.from(text, encoding ?? 'utf8');
}

for (const name of captures)
	test(`export has all of a capture: ${name}`, async t => {
		const path = fixture(name);
		const { to } = await exported(t, path, 'x.har');
		const { entries } = readHar(to).log;
		const recorded = readHar(join(path, 'capture.har')).log.entries;

		assert.deepEqual(faultsOfHar(readHar(to)), []);
		assert.equal(entries.length, recorded.length);
		for (const [i, { request, response, ...rest }] of entries.entries()) {
			const { request: wanted, response: came, ...others } = recorded[i];
			const bytes = Buffer.from(request._content?.text ?? '', 'base64');

			if (wanted._sha256)
				assert.equal(sha256(bytes), wanted._sha256);
			assert.deepEqual(Buffer.from(request.postData?.text ?? '', 'latin1'), bytes);
			assert.equal(bytes.length, wanted.bodySize);
			assert.deepEqual(answerOf(path, response.content), answerOf(path, came.content));
			assert.deepEqual({ ...rest, _crc32c: '' }, { ...others, _crc32c: '' });
		}
	});

// What Python finds in a zip: its HAR file, and where the others are.
function unpacked(t, path) {
	const to = folder(t);

	execFileSync('python3', ['-m', 'zipfile', '-e', path, to]);
	return { to, har: readHar(join(to, 'har.har')) };
}

for (const name of captures)
	test(`export as a zip has all of a capture: ${name}`, async t => {
		const path = fixture(name);
		const { to: file } = await exported(t, path, 'x.har.zip');
		const { to, har } = unpacked(t, file);
		const recorded = readHar(join(path, 'capture.har')).log.entries;
		const bytesOf = holder => holder?._file ? readFileSync(join(to, holder._file)) : Buffer.alloc(0);
		const names = readdirSync(to).filter(each => each !== 'har.har');

		assert.deepEqual(faultsOfHar(har), []);
		assert.equal(har.log.entries.length, recorded.length);
		for (const [i, { request, response }] of har.log.entries.entries()) {
			const bytes = bytesOf(request.postData);

			assert.equal(bytes.length, recorded[i].request.bodySize);
			if (request._sha256)
				assert.equal(sha256(bytes), recorded[i].request._sha256);
			assert.deepEqual(bytesOf(response.content), answerOf(path, recorded[i].response.content));
		}
		for (const each of names)
			assert.equal(createHash('sha1').update(readFileSync(join(to, each))).digest('hex'),
				each.split('.')[0]);

		// Read again, in the zip or out of it, it is the same.
		const direct = await exported(t, path, 'x.har');
		for (const from of [file, join(to, 'har.har'), to]) {
			const again = await exported(t, from, 'y.har');

			assert.ok(readFileSync(again.to).equals(readFileSync(direct.to)), from);
			assert.equal((await replay(['verify', from])).status, 0);
		}
		assert.ok(readFileSync((await exported(t, file, 'y.har.zip')).to).equals(readFileSync(file)));
	});

test('an export of nothing is a capture of nothing', async t => {
	for (const name of ['x.har', 'x.har.zip']) {
		const { to } = await exported(t, fixture('clip'), name, '--filter', 'model=none');
		const { status, out } = await replay(['verify', to]);

		assert.equal(status, 0);
		assert.match(out, /^0 entries in 1 files/);
	}
});

test('what was exported is a capture, and exported again it is the same', async t => {
	const { to } = await exported(t, fixture('genuine'), 'x.har');
	const again = await exported(t, to, 'y.har');
	const zipped = await exported(t, to, 'z.har.zip');

	assert.equal((await replay(['verify', to])).status, 0);
	assert.ok(readFileSync(to).equals(readFileSync(again.to)));
	for (const path of [to, zipped.to]) {
		const { status, out } = await replay(['diff', path, fixture('genuine')]);

		assert.equal(status, 0);
		assert.match(out, /^36 requests, 36 compared$/m);
	}
});

test('export takes what is wanted', async t => {
	const path = await capture(t, [
		{ entries: tasks.visual, payload: photo, answer: vector },
		{ entries: tasks.textual, payload: 'a dog', answer: vector, own: { _side: 'backend',
			_exchange: 1, _backend: 'gpu' } },
		{ entries: tasks.textual, payload: 'a cat', status: 500 },
		{ entries: tasks.faces, payload: photo, answer: vector },
	]);
	const numbers = async (...args) =>
		readHar((await exported(t, path, 'x.har', ...args)).to).log.entries.map(({ _seq }) => _seq);

	assert.deepEqual(await numbers(), [1, 2, 3, 4]);
	assert.deepEqual(await numbers('--side', 'client'), [1, 3, 4]);
	assert.deepEqual(await numbers('--side', 'backend'), [2]);
	assert.deepEqual(await numbers('--limit', '3'), [1, 2, 3]);
	assert.deepEqual(await numbers('--filter', 'task=clip,status=2xx', '--limit', '2'), [1, 2]);
	assert.deepEqual(await numbers('--filter', 'backend=cpu'), []);
});

test('what is too long is left out of it, and said', async t => {
	const large = Buffer.alloc((16 << 20) + 1, 'x');
	const controls = Buffer.alloc(12 << 20, 1);
	const path = await capture(t, [
		{ entries: tasks.visual, payload: large, answer: vector },
		{ entries: tasks.visual, payload: controls, answer: vector },
		{ entries: tasks.visual, payload: photo, answer: vector },
	]);
	const { to, out } = await exported(t, path, 'x.har');
	const har = readHar(to);

	assert.match(out, /^3 entries, .*\n2 cannot be replayed from it: .*\n$/);
	assert.deepEqual(faultsOfHar(har), []);
	for (const { request } of har.log.entries.slice(0, 2)) {
		assert.equal(request._lacksBody, 'it is too long to be exported');
		assert.equal(request.postData.text, '');
		assert.equal(request._content, undefined);
	}
	assert.equal(har.log.entries[2].request._lacksBody, undefined);
	assert.equal((await replay(['verify', to])).status, 0);
	assert.match((await replay(['inspect', to])).out, /^2 cannot be replayed/m);
	const again = await exported(t, to, 'y.har');
	assert.ok(readFileSync(to).equals(readFileSync(again.to)));
});

for (const [name, least] of [['x.har', 4 << 20], ['x.har.zip', 2 << 20]])
	test(`an export of any length needs little memory: ${name}`, async t => {
		const payload = Buffer.alloc(2 << 20, 'x');
		const count = isSanitized ? 6 : 60; // they are slow
		const path = await capture(t,
			Array.from({ length: count }, () => ({ entries: tasks.visual, payload, answer: vector })));
		const to = join(folder(t), name);
		const before = isSanitized ? [] : ['prlimit', `--as=${96 << 20}`];
		const { status, err } = await replay(['export', path, '-o', to], { before });

		assert.deepEqual({ status, err }, { status: 0, err: '' });
		assert.ok(statSync(to).size > count * least);
	});

test('an export replaces nothing, and leaves nothing of what fails', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo, answer: vector }]);
	const place = folder(t);
	const to = join(place, 'x.har');
	const link = join(place, 'link.har');
	const said = async (args, options) => {
		const { status, out, err } = await replay(['export', path, ...args], options);

		assert.equal(out, '');
		return [status, err];
	};
	const full = { before: ['sh', '-c', 'trap "" XFSZ; exec prlimit --fsize=4096 "$@"', 'sh'] };
	const limited = `mlreplay: ${to}: File too large\n`;

	assert.deepEqual(await said([]), [2, 'mlreplay: found no -o FILE, see --help\n']);
	assert.deepEqual(await said(['-o', `${to}.json`]),
		[2, `mlreplay: -o: found "${to}.json", wanted a name that ends in .har or .har.zip\n`]);
	assert.deepEqual(await said(['-o', join(place, 'no', 'x.har')]),
		[3, `mlreplay: ${place}/no/x.har: No such file or directory\n`]);
	assert.deepEqual(await said(['-o', to], full), [3, limited]);
	const [ended, why] = await said(['-o', `${to}.zip`], full);
	assert.equal(ended, 3);
	assert.match(why, /File too large\n$/);
	assert.deepEqual(readdirSync(place), []);

	writeFileSync(to, 'mine', { mode: 0o644 });
	symlinkSync(to, link);
	assert.deepEqual(await said(['-o', to]),
		[2, `mlreplay: ${to}: is there already; --force replaces it\n`]);
	assert.deepEqual(await said(['-o', link, '--force']),
		[2, `mlreplay: ${link}: not a regular file, so that it stays\n`]);
	assert.deepEqual(await said(['-o', to, '--force'], full), [3, limited]);
	rmSync(blobOf(path, sha256(photo)));
	const [status, err] = await said(['-o', to, '--force']);
	assert.equal(status, 4);
	assert.ok(err.startsWith(`mlreplay: ${path}/capture.har:2: byte `), err);
	assert.equal(readFileSync(to, 'utf8'), 'mine');
	assert.deepEqual(readdirSync(place).sort(), ['link.har', 'x.har']);
});

test('an export that is killed leaves nothing', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo, answer: vector }]);
	const place = folder(t);

	for (const name of ['x.har', 'x.har.zip']) {
		const { status } = await replay(['export', path, '-o', join(place, name)],
			{ before: ['prlimit', '--fsize=256'] });

		assert.equal(status, 'SIGXFSZ');
		assert.deepEqual(readdirSync(place), []);
	}
});

test('an export is its owner\'s alone', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo, answer: vector }]);
	const { to } = await exported(t, path, 'x.har');

	assert.equal(statSync(to).mode & 0o777, 0o600);
	writeFileSync(to, 'old', { mode: 0o644 });
	assert.equal((await replay(['export', path, '-o', to, '--force'])).status, 0);
	assert.equal(statSync(to).mode & 0o777, 0o600);
	assert.equal(readHar(to).log.entries.length, 1);
});
