"""Geospatial functions. Geohashes of points are computed; all others bind, so that a query with one is checked, and are refused by name."""

from __future__ import annotations

from kqlpy.functions.refusals import GEOSPATIAL
from kqlpy.functions.registry import SCALARS, declare, scalar

__all__: list[str] = []

_SIGNATURES = {
    "geo_angle": (
        "(p1_longitude: number, p1_latitude: number, p2_longitude: number, p2_latitude: number, p3_longitude: number, "
        "p3_latitude: number) -> real"
    ),
    "geo_azimuth": "(p1_longitude: number, p1_latitude: number, p2_longitude: number, p2_latitude: number) -> real",
    "geo_closest_point_on_line": "(longitude: number, latitude: number, line_string: bag) -> dynamic",
    "geo_closest_point_on_polygon": "(longitude: number, latitude: number, polygon: bag) -> dynamic",
    "geo_distance_2points": (
        "(p1_longitude: number, p1_latitude: number, p2_longitude: number, p2_latitude: number, "
        "use_spheroid: number_or_bool = ?) -> real"
    ),
    "geo_distance_point_to_line": "(longitude: number, latitude: number, line_string: bag) -> real",
    "geo_distance_point_to_polygon": "(longitude: number, latitude: number, polygon: bag) -> real",
    "geo_from_wkt": "(wkt: string_or_array) -> dynamic",
    "geo_geohash_neighbors": "(geohash: string) -> dynamic",
    "geo_geohash_to_central_point": "(geohash: string) -> dynamic",
    "geo_geohash_to_polygon": "(geohash: string) -> dynamic",
    "geo_h3cell_children": "(h3cell: string, resolution: number = ?) -> dynamic",
    "geo_h3cell_level": "(h3cell: string) -> int",
    "geo_h3cell_neighbors": "(h3cell: string) -> dynamic",
    "geo_h3cell_parent": "(h3cell: string, resolution: number = ?) -> string",
    "geo_h3cell_rings": "(h3cell: string, distance: number) -> dynamic",
    "geo_h3cell_to_central_point": "(h3cell: string) -> dynamic",
    "geo_h3cell_to_polygon": "(h3cell: string) -> dynamic",
    "geo_intersection_2lines": "(line_string1: bag, line_string2: bag) -> dynamic",
    "geo_intersection_2polygons": "(polygon1: bag, polygon2: bag) -> dynamic",
    "geo_intersection_line_with_polygon": "(line_string: bag, polygon: bag) -> dynamic",
    "geo_intersects_2lines": "(line_string1: bag, line_string2: bag) -> bool",
    "geo_intersects_2polygons": "(polygon1: bag, polygon2: bag) -> bool",
    "geo_intersects_line_with_polygon": "(line_string: bag, polygon: bag) -> bool",
    "geo_line_buffer": "(line_string: bag, radius: number, tolerance: number = ?) -> dynamic",
    "geo_line_centroid": "(line_string: bag) -> dynamic",
    "geo_line_densify": "(line_string: bag, tolerance: number = ?, preserve_crossing: number_or_bool = ?) -> dynamic",
    "geo_line_interpolate_point": "(line_string: bag, fraction: number) -> dynamic",
    "geo_line_length": "(line_string: bag) -> real",
    "geo_line_locate_point": "(line_string: bag, longitude: number, latitude: number, use_spheroid: number_or_bool = ?) -> real",
    "geo_line_simplify": "(line_string: bag, tolerance: number = ?) -> dynamic",
    "geo_line_to_s2cells": "(line_string: bag, level: number = ?, radius: number = ?) -> dynamic",
    "geo_point_buffer": "(longitude: number, latitude: number, radius: number, tolerance: number = ?) -> dynamic",
    "geo_point_in_circle": (
        "(p_longitude: number, p_latitude: number, pc_longitude: number, pc_latitude: number, "
        "c_radius: number) -> bool"
    ),
    "geo_point_in_polygon": "(longitude: number, latitude: number, polygon: bag) -> bool",
    "geo_point_to_h3cell": "(longitude: number, latitude: number, resolution: number = ?) -> string",
    "geo_point_to_s2cell": "(longitude: number, latitude: number, level: number = ?) -> string",
    "geo_polygon_area": "(polygon: bag) -> real",
    "geo_polygon_buffer": "(polygon: bag, radius: number, tolerance: number = ?) -> dynamic",
    "geo_polygon_centroid": "(polygon: bag) -> dynamic",
    "geo_polygon_densify": "(polygon: bag, tolerance: number = ?, preserve_crossing: number_or_bool = ?) -> dynamic",
    "geo_polygon_perimeter": "(polygon: bag) -> real",
    "geo_polygon_simplify": "(polygon: bag, tolerance: number = ?) -> dynamic",
    "geo_polygon_to_h3cells": "(polygon: bag, resolution: number = ?, radius: number = ?) -> dynamic",
    "geo_polygon_to_s2cells": "(polygon: bag, level: number = ?, radius: number = ?) -> dynamic",
    "geo_s2cell_neighbors": "(s2cell: string) -> dynamic",
    "geo_s2cell_to_central_point": "(s2cell: string) -> dynamic",
    "geo_s2cell_to_polygon": "(s2cell: string) -> dynamic",
    "geo_simplify_polygons_array": "(polygons: array, tolerance: number = ?) -> dynamic",
    "geo_union_lines_array": "(line_strings: array) -> dynamic",
    "geo_union_polygons_array": "(polygons: array) -> dynamic",
}

for _name, _signature in _SIGNATURES.items():
    declare(SCALARS, _name, _signature, why=GEOSPATIAL, page=_name.replace("_", "-") + "-function")

_GEOHASH_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"


@scalar("(longitude: real, latitude: real, accuracy: long = 5) -> string", nulls="kernel", rows=True)
def geo_point_to_geohash(longitude: float | None, latitude: float | None, accuracy: int | None = 5) -> str:
    """The geohash of a point, `accuracy` characters long (1 to 18); the empty text for a place or accuracy that does not exist.

    >>> print geo_point_to_geohash(139.806115, 35.554128, 12)
    xn76m27ty9g4
    """
    if longitude is None or latitude is None or accuracy is None or not 1 <= accuracy <= 18:
        return ""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        return ""
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    code = 0
    for bit in range(accuracy * 5):
        bounds, value = ranges[bit % 2], (longitude, latitude)[bit % 2]
        middle = (bounds[0] + bounds[1]) / 2
        upper = value >= middle
        bounds[0 if upper else 1] = middle
        code = code << 1 | upper
    return "".join(_GEOHASH_DIGITS[code >> 5 * place & 31] for place in range(accuracy - 1, -1, -1))
