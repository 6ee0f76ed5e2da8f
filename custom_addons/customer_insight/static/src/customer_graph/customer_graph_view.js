import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {downloadFile} from "@web/core/network/download";
import {graphView} from "@web/views/graph/graph_view";
import {registry} from "@web/core/registry";

/** Odoo's graph, with a button that saves it as a picture. */
export class CustomerGraphRenderer extends GraphRenderer {
    async downloadPng() {
        const chart = this.canvasRef.el;
        const picture = document.createElement("canvas");
        Object.assign(picture, {width: chart.width, height: chart.height});
        const pen = picture.getContext("2d");
        pen.fillStyle = getComputedStyle(document.body).backgroundColor;
        pen.fillRect(0, 0, picture.width, picture.height);
        pen.drawImage(chart, 0, 0);
        const blob = await new Promise((resolve) => picture.toBlob(resolve));
        const name = this.env.config.getDisplayName();
        downloadFile(blob, `${name}.png`, "image/png");
    }
}

export const customerGraphView = {
    ...graphView,
    Renderer: CustomerGraphRenderer,
    buttonTemplate: "customer_insight.CustomerGraphView.Buttons",
};

registry.category("views").add("customer_graph", customerGraphView);
