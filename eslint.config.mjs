// Odoo's JavaScript: ES modules that Odoo itself bundles, run in a browser.
import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        files: ["custom_addons/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules: {
            eqeqeq: ["error", "always", {null: "ignore"}],
            "no-console": "error",
            "no-shadow": "error",
            "no-undef": "error",
            "no-unused-vars": ["error", {args: "after-used"}],
            "no-var": "error",
            "prefer-const": "error",
        },
    },
];
