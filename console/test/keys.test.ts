import { expect, test } from 'vitest';
import { nameOf } from '../src/keys';

const key = (over: object): KeyboardEvent =>
    ({ ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...over }) as KeyboardEvent;

test('names of keys', () => {
    expect(nameOf(key({ key: 'k', ctrlKey: true }))).toBe('Ctrl+k');
    expect(nameOf(key({ key: 'K', shiftKey: true }))).toBe('k');
    expect(nameOf(key({ key: 'ArrowDown' }))).toBe('ArrowDown');
    expect(nameOf(key({ key: 'Enter', shiftKey: true }))).toBe('Shift+Enter');
    expect(nameOf(key({ key: 'F2', altKey: true }))).toBe('Alt+F2');
});
