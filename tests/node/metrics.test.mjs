// /metrics as Prometheus takes it: promtool, from Debian's package, has the last word.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
	configOf, form, get, post, startMock, startProxy, tasks, test, until,
} from './rig.mjs';

const { PROMTOOL } = process.env;

const packaging = name => fileURLToPath(new URL(`../../ci/packaging/${name}`, import.meta.url));

// What it says, which is empty of a page that it likes.
function promtool(args, input = '') {
	assert.ok(PROMTOOL, 'PROMTOOL must name the program');
	const { status, stdout, stderr, error } = spawnSync(PROMTOOL, args, { input, encoding: 'utf8' });

	assert.equal(status, 0, `${error ?? ''}${stdout}${stderr}`);
	return stdout + stderr;
}

async function metricsOf(proxy) {
	const { status, type, body } = await get(proxy, '/metrics');

	assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8']);
	assert.equal(promtool(['check', 'metrics'], body), '');
	return body;
}

test('metrics as promtool wants them', async t => {
	const main = await startMock(t, 'main');
	const proxy = await startProxy(t, configOf({ '"main\\': main, other: main }));

	await metricsOf(proxy);
	for (const entries of [tasks.textual, { ...tasks.textual, mine: tasks.textual.clip }, '{'])
		await post(proxy, form(entries, 'a dog'));
	await metricsOf(proxy);
});

test('requests to all workers are counted together', async t => {
	const proxy = await startProxy(t, configOf({ main: await startMock(t, 'main') }));
	const counted = 'mlproxy_requests_total{task="clip",backend="main",status="200",reason="default"} 16';

	await Promise.all(Array.from({ length: 16 }, () => post(proxy, form(tasks.textual, 'a dog'))));
	await until(async () => (await metricsOf(proxy)).split('\n').includes(counted));
});

test('the example for Prometheus is right, and asks for what there is', async t => {
	const proxy = await startProxy(t, configOf({ main: { url: 'http://127.0.0.1:1' } }));
	const rules = readFileSync(packaging('prometheus-alerts.yml'), 'utf8');
	const names = rules.match(/\b(mlproxy|process)_\w+/g);
	const page = await metricsOf(proxy);

	promtool(['check', 'config', packaging('prometheus.yml')]);
	assert.ok(names.length > 4);
	for (const name of names)
		assert.ok(page.includes(`# TYPE ${name} `), name);
});
