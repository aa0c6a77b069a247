import { openPage } from './open';
import Hospital from './view/hospital/Hospital.svelte';

openPage(Hospital);
