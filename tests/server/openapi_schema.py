"""Whether an answer is what openapi.json says: the part of JSON Schema that the document uses."""

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


def violations(document, schema, value, where):
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        yield from violations(document, schema, value, where)
        return
    for part in schema.get("allOf", []):
        yield from violations(document, part, value, where)
    if "anyOf" in schema and all(list(violations(document, part, value, where)) for part in schema["anyOf"]):
        yield f"{where}: fits none of anyOf"
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name != "boolean") for name in wanted):
        yield f"{where}: is {type(value).__name__}, not {wanted}"
        return
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: has no {name}"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from violations(document, part, value[name], f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from violations(document, schema["items"], item, f"{where}[{i}]")


def complaints(document, path, method, answer):
    if path not in document["paths"] or method not in document["paths"][path]:
        return [f"{method} {path} is not described"]
    schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    return list(violations(document, schema, answer, path))
