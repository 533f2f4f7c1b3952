// A launcher to be killed: starts the services of the folder it is given, says so, and stays.
import { startServices } from '../../dist/index.js';

const services = await startServices({ home: process.argv[2], env: {} });
console.log(JSON.stringify({ databaseUrl: services.databaseUrl, redisUrl: services.redisUrl }));
setInterval(() => {}, 60_000);
