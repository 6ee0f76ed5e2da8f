import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("customer_insight_graph_png", {
    steps: () => [
        {
            content: "Catch the file instead of saving it",
            trigger: ".o_graph_png",
            run() {
                HTMLAnchorElement.prototype.click = function () {
                    document.body.dataset.saved = this.download;
                };
            },
        },
        {content: "Save the graph", trigger: ".o_graph_png", run: "click"},
        {
            content: "The file is named after the screen",
            trigger: "body[data-saved='Customer Analysis.png']",
        },
    ],
});
