import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";

/** @returns {boolean} whether the web client is in dark mode */
export function isDark() {
    return cookie.get("color_scheme") === "dark";
}

/** @returns {{ink: string, faint: string, paper: string}} colours of text and lines */
export function inks() {
    return isDark()
        ? {ink: "#D8DAE0", faint: "rgba(216, 218, 224, 0.15)", paper: "#1B1D26"}
        : {ink: "#374151", faint: "rgba(55, 65, 81, 0.12)", paper: "#FFFFFF"};
}

/** What stands for which value class, stage or direction, on every screen the same. */
const NAMED = {
    high: "#1F8A70",
    normal: "#E0A458",
    low: "#8C9BAB",
    gain: "#2A9D6F",
    loss: "#D1495B",
    neutral: "#8C9BAB",
    back: "#8481DD",
    main: "#2C7DA0",
    before: "#A9B4C0",
    prospect: "#A9B4C0",
    first: "#4EA7F2",
    new: "#4EA7F2",
    repeat: "#43C5B1",
    active: "#43C5B1",
    loyal: "#1F8A70",
    at_risk: "#F4A261",
    churned: "#D1495B",
};

/**
 * @param {string|number|null} name a name, an Odoo colour number or a CSS colour
 * @param {number} index position, where there is no name
 * @returns {string} CSS colour
 */
export function colorOf(name, index = 0) {
    if (typeof name === "string" && name.startsWith("#")) {
        return name;
    }
    if (name in NAMED) {
        return NAMED[name];
    }
    const number = typeof name === "number" ? name : index;
    return getColor(number, isDark() ? "dark" : "bright", "lg");
}

const HUES = {up: [31, 122, 140], down: [201, 92, 60]};

/**
 * The colour of a heat map's cell. It never gets so strong that the text on it, which
 * has the normal colour of the theme, cannot be read.
 *
 * @param {{hue: string, strength: number}} heat
 * @returns {string} CSS colour
 */
export function heatColor({hue, strength}) {
    const alpha = 0.06 + 0.64 * Math.min(Math.max(strength, 0), 1);
    return `rgba(${HUES[hue].join(", ")}, ${alpha.toFixed(3)})`;
}
