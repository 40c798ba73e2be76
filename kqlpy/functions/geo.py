"""Geospatial functions. They bind, so that a query with one is checked, but none runs yet: each is refused by its name."""

from __future__ import annotations

from kqlpy.functions.registry import SCALARS, declare

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
    "geo_point_to_geohash": "(longitude: number, latitude: number, accuracy: number = ?) -> string",
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
    declare(SCALARS, _name, _signature, page=_name.replace("_", "-") + "-function")
