import { openPage } from './open';
import Dispatcher from './view/dispatcher/Dispatcher.svelte';

openPage(Dispatcher);
