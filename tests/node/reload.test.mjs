// Where the configuration comes from at the start, and what SIGHUP makes of its file.

import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

import {
	atEnd, configOf, file, folder, form, get, post, startHttp, startMock, startProxyWith, tasks, test,
} from './rig.mjs';

const anywhere = ['--listen', '127.0.0.1:0'];
const seconds = Number(process.env.RELOAD_SECONDS || 3);
const RELOAD_MS = 10;
const AT_ONCE = 32;

// At once for whoever reads it.
function replace(path, config) {
	writeFileSync(`${path}.new`, typeof config === 'string' ? config : JSON.stringify(config));
	renameSync(`${path}.new`, path);
}

// SIGHUP, and what the log says of it.
async function reload(proxy, pattern) {
	const before = [...proxy.err.matchAll(pattern)].length;

	proxy.child.kill('SIGHUP');
	return (await proxy.matches('err', pattern, before + 1)).at(-1);
}

// -- SIGHUP ---------------------------------------------------------------------------------------

test('SIGHUP: the file is read again', async t => {
	const [one, two] = await Promise.all(['one', 'two'].map(name => startMock(t, name)));
	const path = file(t, 'config.json', JSON.stringify(configOf({ one })));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path, '--workers', '4']);

	assert.deepEqual(await names(proxy), ['one']);
	replace(path, configOf({ two, one }));
	await reload(proxy, /level=info event=configured path=\S+ backends=2\n/g);
	assert.deepEqual(await names(proxy), ['two', 'one']);
});

async function names(proxy) {
	return Object.keys(JSON.parse((await get(proxy, '/api/health')).body));
}

test('SIGHUP: a file that cannot be used changes nothing, and the log says why', async t => {
	const one = await startMock(t, 'one');
	const good = configOf({ one });
	const path = file(t, 'config.json', JSON.stringify(good));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path]);
	const cases = [
		['{', /event=config-refused path=\S+ at="line 1" why=/g],
		[{ ...good, defaultBackend: 'x' }, /config-refused path=\S+ at=defaultBackend why="found /g],
		[JSON.stringify(good).replace('http:', 'ftp:'),
			/config-refused path=\S+ at=backends\[0\]\.url why="found \\"ftp:/g],
	];

	for (const [config, pattern] of cases) {
		replace(path, config);
		await reload(proxy, pattern);
		assert.equal((await get(proxy, '/ping')).body, 'pong');
	}
	rmSync(path);
	await reload(proxy, /config-refused path=\S+ why="\S+: No such file or directory"/g);
	assert.equal((await get(proxy, '/ping')).body, 'pong');
});

// -- under load -----------------------------------------------------------------------------------

// Answers each task with what the header that the configuration gives it says.
function startNamed(t) {
	return startHttp(t, async (request, response) => {
		let body = '';

		for await (const piece of request.setEncoding('latin1'))
			body += piece;
		const entries = JSON.parse(/name="entries"\r\n\r\n([^\r]*)\r\n/.exec(body)[1]);
		const said = request.headers['x-configuration'];

		response.setHeader('content-type', 'application/json').end(
			JSON.stringify(Object.fromEntries(Object.keys(entries).map(task => [task, said]))));
	});
}

// The same backends, but what they are sent and who is asked for what is another.
function configNamed(name, urls, routes) {
	const config = { headers: { 'x-configuration': name } };
	const backends = Object.fromEntries(urls.map((url, i) => [`b${i}`, { url, config }]));

	return configOf(backends, routes);
}

test('a reload every 10 ms under load: no request fails or gets a mixture', async t => {
	const urls = (await Promise.all([startNamed(t), startNamed(t)])).map(({ url }) => url);
	const configs = [
		configNamed('A', urls, { taskRouting: { clip: 'b0', ocr: 'b1' } }),
		configNamed('B', urls, { taskRouting: { clip: 'b1', ocr: 'b0' }, limits: { body: 1e6 } }),
		configNamed('C', urls, { defaultBackend: ['b0', 'b1'] }),
	];
	const path = file(t, 'config.json', JSON.stringify(configs[0]));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path, '--workers', '4']);
	const entries = { ...tasks.textual, ...tasks.ocr };
	const end = Date.now() + seconds * 1000;
	const answers = {};
	let reloads = 0;

	const timer = setInterval(() => {
		replace(path, configs[++reloads % configs.length]);
		proxy.child.kill('SIGHUP');
	}, RELOAD_MS);
	atEnd(t, () => clearInterval(timer));
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (Date.now() < end) {
			const { status, body } = await post(proxy, form(entries, 'a dog'));
			const answer = `${status} ${body}`;

			answers[answer] = (answers[answer] ?? 0) + 1;
		}
	}));
	clearInterval(timer);
	const wanted = ['A', 'B', 'C'].map(name => `200 ${JSON.stringify({ clip: name, ocr: name })}`);

	assert.deepEqual(Object.keys(answers).sort(), wanted);
	const configured = [...proxy.err.matchAll(/event=configured/g)].length;
	assert.ok(configured > reloads / 10, `${configured} of ${reloads}`);
	assert.doesNotMatch(proxy.err, /config-refused/);
});

// -- where it is ----------------------------------------------------------------------------------

test('$STATE_DIRECTORY is where config.json is, the first of several', async t => {
	const one = await startMock(t, 'one');
	const path = file(t, 'config.json', JSON.stringify(configOf({ one })));
	const directory = path.replace('/config.json', '');

	for (const value of [directory, `${directory}:/nonexistent`]) {
		const proxy = await startProxyWith(t, anywhere, { env: { STATE_DIRECTORY: value } });

		assert.equal((await get(proxy, '/ping')).body, 'pong');
		assert.ok(proxy.err.includes(`event=configured path=${path} `));
	}
});

test('with $STATE_DIRECTORY a config.json here is none', async t => {
	const path = file(t, 'config.json', JSON.stringify(configOf({ nobody: { url: 'http://a' } })));
	const proxy = await startProxyWith(t, anywhere, {
		cwd: path.replace('/config.json', ''),
		env: { STATE_DIRECTORY: folder(t) },
	});

	assert.match(proxy.err, /event=unconfigured path=\/\S+\/config\.json hint="POST /);
});

test('a file that is named wins over $STATE_DIRECTORY', async t => {
	const one = await startMock(t, 'one');
	const path = file(t, 'mine.json', JSON.stringify(configOf({ one })));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path], {
		env: { STATE_DIRECTORY: file(t, 'config.json', '{').replace('/config.json', '') },
	});

	assert.equal((await get(proxy, '/ping')).body, 'pong');
});
