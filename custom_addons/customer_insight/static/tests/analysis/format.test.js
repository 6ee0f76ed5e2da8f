import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {allowTranslations, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {localization} from "@web/core/l10n/localization";
import {
    formatChange,
    formatShare,
    formatShort,
    heat,
} from "@customer_insight/analysis/format";
import {heatColor} from "@customer_insight/analysis/palette";
import {wrapText} from "@customer_insight/analysis/png";

describe.current.tags("headless");

beforeEach(() => {
    allowTranslations();
    patchWithCleanup(localization, {
        decimalPoint: ".",
        thousandsSep: ",",
        grouping: [3, 0],
    });
});

test("shares have a decimal below ten per cent only", () => {
    expect(formatShare(0.0512)).toBe("5.1%");
    expect(formatShare(0.268)).toBe("27%");
    expect(formatShare(0)).toBe("0%");
    expect(formatShare(1)).toBe("100%");
});

test("a change carries its sign, no base carries nothing", () => {
    expect(formatChange(0.12)).toBe("+12%");
    expect(formatChange(-0.051)).toBe("-5.1%");
    expect(formatChange(null)).toBe("");
});

test("cells are short, whatever the size of the value", () => {
    expect(formatShort(null, "integer")).toBe("");
    expect(formatShort(7, "integer")).toBe("7");
    expect(formatShort(1_234_567, "money")).toBe("1.2M");
    expect(formatShort(1e12, "money")).toBe("1T");
});

test("the colour of a cell grows with its value and stays finite", () => {
    expect(heat(5, 0, 10).strength).toBe(0.5);
    expect(heat(3, 3, 3).strength).toBe(0);
    expect(heat(0.5, 0.5, 2, 1)).toEqual({hue: "down", strength: 0.5});
    expect(heat(1, 1, 1, 1).strength).toBe(0);
    // text on the strongest colour must still be legible
    expect(heatColor({hue: "up", strength: 99})).toBe("rgba(31, 122, 140, 0.700)");
});

test("a text is broken between words, a long word stands alone", () => {
    const measure = (text) => text.length;
    expect(wrapText("one two three", 7, measure)).toEqual(["one two", "three"]);
    expect(wrapText("immeasurable it", 5, measure)).toEqual(["immeasurable", "it"]);
    expect(wrapText("", 5, measure)).toEqual([]);
});
