// How every page begins: its style, its view in #page.
import './style.css';
import { mount, type Component } from 'svelte';

export function openPage(view: Component): void {
    const target = document.getElementById('page');
    if (target) mount(view, { target });
}
