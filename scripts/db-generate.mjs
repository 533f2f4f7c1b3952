#!/usr/bin/env node
import './lib/node-version.mjs';
import { generateClient } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

ensureInstalled();
generateClient({ force: true });
