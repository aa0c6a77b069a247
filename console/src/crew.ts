import { openPage } from './open';
import Crew from './view/crew/Crew.svelte';

openPage(Crew);
