import {describe, expect, test} from "@odoo/hoot";
import {arrange} from "@customer_insight/analysis/blocks/diagram_block";
import {stack} from "@customer_insight/analysis/blocks/pyramid_block";
import {layOut} from "@customer_insight/analysis/blocks/sankey_block";

describe.current.tags("headless");

test("groups of a diagram: the area of a circle is its number", () => {
    const {nodes, edges} = arrange({
        nodes: [
            {id: "a", n: 400},
            {id: "b", n: 100},
            {id: "c", n: 0},
        ],
        edges: [
            {source: "a", target: "b", n: 50},
            {source: "a", target: "gone", n: 5},
        ],
    });
    expect(nodes[0].r).toBe(2 * nodes[1].r);
    expect(nodes[2].r).toBe(12);
    expect(edges.length).toBe(1);
    expect(edges[0].width).toBe(10);
    expect(edges[0].path.includes("NaN")).toBe(false);
});

test("layers of a pyramid are as wide as their share", () => {
    const [top, base] = stack([
        {share: 0.2, revenue_share: 0.8},
        {share: 0.8, revenue_share: null},
    ]);
    const width = ({points}) => {
        const [, , right, left] = points.split(" ").map((point) => point.split(","));
        return right[0] - left[0];
    };
    expect(width(base) / width(top)).toBe(4);
    expect(top.bar).toBe(264);
    expect(base.bar).toBe(0);
});

test("bands of flows leave no customer out, those who stay included", () => {
    const drawn = layOut({
        nodes: [
            {id: "from:1", side: "from"},
            {id: "from:2", side: "from"},
            {id: "to:1", side: "to"},
            {id: "to:2", side: "to"},
        ],
        links: [
            {source: "from:1", target: "to:1", value: 30},
            {source: "from:1", target: "to:2", value: 10},
            {source: "from:2", target: "to:1", value: 5},
            {source: "from:2", target: "to:2", value: 15},
        ],
    });
    const sizes = Object.fromEntries(drawn.nodes.map(({id, value}) => [id, value]));
    expect(sizes).toEqual({"from:1": 40, "from:2": 20, "to:1": 35, "to:2": 25});
    const [first, second] = drawn.links;
    expect(Math.round((100 * first.width) / second.width)).toBe(300);
    expect(drawn.links.every(({path}) => path.startsWith("M"))).toBe(true);
});
