import { openPage } from './open';
import Watch from './view/watch/Watch.svelte';

openPage(Watch);
