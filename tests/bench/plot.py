#!/usr/bin/env python3
"""Whether the pictures in a folder show what the JSON file of the same run says.

plot.py FOLDER RESULTS.json
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as tree

UNITS = {"s": 1.0, "ms": 1e-3, "\u00b5s": 1e-6, "ns": 1e-9}


def titles(path):
    """The titles of all points of a page, which must be well-formed."""
    return [node.text or "" for node in tree.parse(path).getroot().iter() if node.tag.endswith("title")]


def medians(path):
    """By name, the medians in seconds of all points of a page that have a time."""
    found = {}
    for title in titles(path):
        match = re.fullmatch(r"(.*?)(?:\n.*)?\n?median (\S+) (\S+) \(.*\)", title, re.S)
        if match and match[3] in UNITS:
            found.setdefault(match[1], []).append(float(match[2]) * UNITS[match[3]])
    return found


def main(folder, results):
    with open(results, encoding="utf-8") as file:
        results = json.load(file)
    pages = [name for name in sorted(os.listdir(folder)) if name.endswith(".svg")]
    with open(f"{folder}/index.html", encoding="utf-8") as file:
        assert sorted(re.findall(r'src="(.*?)"', file.read())) == pages
    for page in pages:
        text = "".join(tree.parse(f"{folder}/{page}").getroot().itertext())
        assert "".join(results["machine"]["command"].split()) in "".join(text.split())  # it may break lines
    most = max(result["threads"] for result in results["results"])
    for page in ("heights.svg", "widths.svg", "below.svg"):
        found = medians(f"{folder}/{page}")
        for result in results["results"]:
            if result["threads"] in (1, most) and result["below"] == (page == "below.svg"):
                isa = result["isa"] or "isa not told"
                label = result["name"] + f", {isa}" * (isa not in result["name"])
                name = f"{label}; {result['threads']} thread" + "s" * (result["threads"] > 1)
                median = result["median"]  # in the page to four digits, in the file to 1 ns
                assert any(abs(x - median) < 6e-4 * median + 1e-9 for x in found[name]), (page, name, median, found)
    speed_ups = [title for title in titles(f"{folder}/speed-up.svg") if "workers: " in title]
    shown = {re.search(r"median (\S+) \(", title)[1] for title in speed_ups if "%" not in title}
    sieves = [result for result in results["results"] if not result["below"]]
    widest = max(result["hi"] - result["lo"] for result in sieves)
    for result in sieves:
        if result["name"].startswith("yoke") and result["hi"] - result["lo"] == widest:
            assert any(abs(float(text) - result["speed_up"]) < 6e-4 * float(text) + 6e-5 for text in shown), result
    print(len(pages), "pages agree")


main(*sys.argv[1:])
