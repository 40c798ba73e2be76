"""Conversion between units of measure: `convert_length` and its kin.

A unit is known by what one of it is in the quantity's base unit, and where its zero lies. The figures are those of the
UnitsNet library (4.13x), whose names of units the functions take, with its roundings: an acre-foot is 1 / 0.000810714
cubic meters.
"""

from __future__ import annotations

import math

from kqlpy.functions.registry import scalar

__all__: list[str] = []

_SIGNATURE = "(value: real, from: string, to: string) -> real"
_Scale = dict[str, float]


def _convert(value: float, source: str, target: str, units: _Scale, zeros: _Scale | None = None) -> float | None:
    if source not in units or target not in units:
        return None
    if source == target:
        return value
    zeros = zeros or {}
    base = value * units[source] + zeros.get(source, 0.0)
    return (base - zeros.get(target, 0.0)) / units[target]



@scalar(_SIGNATURE, rows=True)
def convert_angle(value: float, source: str, target: str) -> float | None:
    """The angle in another unit; null for a unit that is not known.

    >>> print round(convert_angle(1.2, "Degree", "Arcminute"), 6)
    72.0
    """
    if source == "Tilt":
        value, source = (math.degrees(math.asin(value)) if abs(value) <= 1 else math.nan), "Degree"
    if target == "Tilt":
        angle = _convert(value, source, "Degree", _ANGLE)
        return None if angle is None else math.sin(math.radians(angle))
    return _convert(value, source, target, _ANGLE)


@scalar(_SIGNATURE, rows=True)
def convert_energy(value: float, source: str, target: str) -> float | None:
    """The amount of energy in another unit; null for a unit that is not known.

    >>> print round(convert_energy(1.2, "Joule", "Calorie"), 6)
    0.286807
    """
    return _convert(value, source, target, _ENERGY)


@scalar(_SIGNATURE, rows=True)
def convert_force(value: float, source: str, target: str) -> float | None:
    """The force in another unit; null for a unit that is not known.

    >>> print round(convert_force(1.2, "Newton", "Decanewton"), 6)
    0.12
    """
    return _convert(value, source, target, _FORCE)


@scalar(_SIGNATURE, rows=True)
def convert_length(value: float, source: str, target: str) -> float | None:
    """The length in another unit; null for a unit that is not known.

    >>> print round(convert_length(1.2, "Meter", "Centimeter"), 6)
    120.0
    """
    return _convert(value, source, target, _LENGTH)


@scalar(_SIGNATURE, rows=True)
def convert_mass(value: float, source: str, target: str) -> float | None:
    """The mass in another unit; null for a unit that is not known.

    >>> print round(convert_mass(1.2, "Kilogram", "Gram"), 6)
    1200.0
    """
    return _convert(value, source, target, _MASS)


@scalar(_SIGNATURE, rows=True)
def convert_speed(value: float, source: str, target: str) -> float | None:
    """The speed in another unit; null for a unit that is not known.

    >>> print round(convert_speed(1.2, "MeterPerSecond", "CentimeterPerSecond"), 6)
    120.0
    """
    return _convert(value, source, target, _SPEED)


@scalar(_SIGNATURE, rows=True)
def convert_temperature(value: float, source: str, target: str) -> float | None:
    """The temperature in another unit; null for a unit that is not known.

    >>> print round(convert_temperature(20.0, "DegreeCelsius", "Kelvin"), 6)
    293.15
    """
    return _convert(value, source, target, _TEMPERATURE, _ZERO)


@scalar(_SIGNATURE, rows=True)
def convert_volume(value: float, source: str, target: str) -> float | None:
    """The volume in another unit; null for a unit that is not known.

    >>> print round(convert_volume(1.2, "CubicMeter", "Liter"), 6)
    1200.0
    """
    return _convert(value, source, target, _VOLUME)


_ANGLE: _Scale = {
    "Arcminute": 1 / 60, "Arcsecond": 1 / 3600, "Centiradian": 1e-2 * 180 / math.pi, "Deciradian": 1e-1 * 180 / math.pi,
    "Degree": 1.0, "Gradian": 0.9, "Microdegree": 1e-6, "Microradian": 1e-6 * 180 / math.pi, "Millidegree": 1e-3,
    "Milliradian": 1e-3 * 180 / math.pi, "Nanodegree": 1e-9, "Nanoradian": 1e-9 * 180 / math.pi, "NatoMil": 9 / 160,
    "Radian": 180 / math.pi, "Revolution": 360,
}  # fmt: skip
_ENERGY: _Scale = {
    "BritishThermalUnit": 1055.05585262, "Calorie": 4.184, "DecathermEc": 1e1 * 1.05505585262e8,
    "DecathermImperial": 1e1 * 1.05505585257348e8, "DecathermUs": 1e1 * 1.054804e8, "ElectronVolt": 1.602176565e-19,
    "Erg": 1e-7, "FootPound": 1.355817948, "GigabritishThermalUnit": 1e9 * 1055.05585262,
    "GigaelectronVolt": 1e9 * 1.602176565e-19, "Gigajoule": 1e9, "GigawattDay": 1e9 * 24 * 3600, "GigawattHour": 1e9 * 3600,
    "HorsepowerHour": 2.6845195377e6, "Joule": 1.0, "KilobritishThermalUnit": 1e3 * 1055.05585262, "Kilocalorie": 1e3 * 4.184,
    "KiloelectronVolt": 1e3 * 1.602176565e-19, "Kilojoule": 1e3, "KilowattDay": 1e3 * 24 * 3600, "KilowattHour": 1e3 * 3600,
    "MegabritishThermalUnit": 1e6 * 1055.05585262, "Megacalorie": 1e6 * 4.184, "MegaelectronVolt": 1e6 * 1.602176565e-19,
    "Megajoule": 1e6, "MegawattDay": 1e6 * 24 * 3600, "MegawattHour": 1e6 * 3600, "Millijoule": 1e-3,
    "TeraelectronVolt": 1e12 * 1.602176565e-19, "TerawattDay": 1e12 * 24 * 3600, "TerawattHour": 1e12 * 3600,
    "ThermEc": 1.05505585262e8, "ThermImperial": 1.05505585257348e8, "ThermUs": 1.054804e8, "WattDay": 24 * 3600,
    "WattHour": 3600,
}  # fmt: skip
_FORCE: _Scale = {
    "Decanewton": 1e1, "Dyn": 1 / 1e5, "KiloPond": 9.80665002864, "KilogramForce": 9.80665002864, "Kilonewton": 1e3,
    "KilopoundForce": 1e3 * 4.448221615260509, "Meganewton": 1e6, "Micronewton": 1e-6, "Millinewton": 1e-3, "Newton": 1.0,
    "OunceForce": 0.2780138509537812, "PoundForce": 4.448221615260509, "Poundal": 0.1382550279897304,
    "ShortTonForce": 8.896443230521e3, "TonneForce": 9.80665002864e3,
}  # fmt: skip
_LENGTH: _Scale = {
    "Angstrom": 1e-10, "AstronomicalUnit": 1.4959787070e11, "Centimeter": 1e-2, "Chain": 20.1168, "DataMile": 1828.8,
    "Decameter": 1e1, "Decimeter": 1e-1, "DtpPica": 1 / 236.220472441, "DtpPoint": 2.54e-2 / 72, "Fathom": 1.8288,
    "Foot": 0.3048, "Hand": 1.016e-1, "Hectometer": 1e2, "Inch": 2.54e-2, "KilolightYear": 1e3 * 9.46073047258e15,
    "Kilometer": 1e3, "Kiloparsec": 1e3 * 3.08567758128e16, "LightYear": 9.46073047258e15,
    "MegalightYear": 1e6 * 9.46073047258e15, "Megaparsec": 1e6 * 3.08567758128e16, "Meter": 1.0, "Microinch": 2.54e-8,
    "Micrometer": 1e-6, "Mil": 2.54e-5, "Mile": 1609.34, "Millimeter": 1e-3, "Nanometer": 1e-9, "NauticalMile": 1852,
    "Parsec": 3.08567758128e16, "PrinterPica": 1 / 237.106301584, "PrinterPoint": 2.54e-2 / 72.27, "Shackle": 27.432,
    "SolarRadius": 6.95510000e08, "Twip": 1 / 56692.913385826, "UsSurveyFoot": 1200 / 3937, "Yard": 0.9144,
}  # fmt: skip
_MASS: _Scale = {
    "Centigram": 1e-2 / 1e3, "Decagram": 1e1 / 1e3, "Decigram": 1e-1 / 1e3, "EarthMass": 5.9722e24,
    "Grain": 1 / 15432.358352941431, "Gram": 1 / 1e3, "Hectogram": 1e2 / 1e3, "Kilogram": 1e3 / 1e3,
    "Kilopound": 1e3 * 0.45359237, "Kilotonne": 1e3 * 1e3, "LongHundredweight": 1 / 0.01968413055222121,
    "LongTon": 1.0160469088e3, "Megapound": 1e6 * 0.45359237, "Megatonne": 1e6 * 1e3, "Microgram": 1e-6 / 1e3,
    "Milligram": 1e-3 / 1e3, "Nanogram": 1e-9 / 1e3, "Ounce": 1 / 35.2739619, "Pound": 0.45359237,
    "ShortHundredweight": 1 / 0.022046226218487758, "ShortTon": 9.0718474e2, "Slug": 1 / 0.06852176556196105,
    "SolarMass": 1.98947e30, "Stone": 1 / 0.1574731728702698, "Tonne": 1e3,
}  # fmt: skip
_SPEED: _Scale = {
    "CentimeterPerHour": 1e-2 / 3600, "CentimeterPerMinute": 1e-2 / 60, "CentimeterPerSecond": 1e-2,
    "DecimeterPerMinute": 1e-1 / 60, "DecimeterPerSecond": 1e-1, "FootPerHour": 0.3048 / 3600, "FootPerMinute": 0.3048 / 60,
    "FootPerSecond": 0.3048, "InchPerHour": 2.54e-2 / 3600, "InchPerMinute": 2.54e-2 / 60, "InchPerSecond": 2.54e-2,
    "KilometerPerHour": 1e3 / 3600, "KilometerPerMinute": 1e3 / 60, "KilometerPerSecond": 1e3, "Knot": 0.514444,
    "MeterPerHour": 1 / 3600, "MeterPerMinute": 1 / 60, "MeterPerSecond": 1.0, "MicrometerPerMinute": 1e-6 / 60,
    "MicrometerPerSecond": 1e-6, "MilePerHour": 0.44704, "MillimeterPerHour": 1e-3 / 3600, "MillimeterPerMinute": 1e-3 / 60,
    "MillimeterPerSecond": 1e-3, "NanometerPerMinute": 1e-9 / 60, "NanometerPerSecond": 1e-9,
    "UsSurveyFootPerHour": 1200 / 3937 / 3600, "UsSurveyFootPerMinute": 1200 / 3937 / 60,
    "UsSurveyFootPerSecond": 1200 / 3937, "YardPerHour": 0.9144 / 3600, "YardPerMinute": 0.9144 / 60, "YardPerSecond": 0.9144,
}  # fmt: skip
_TEMPERATURE: _Scale = {
    "DegreeCelsius": 1.0,
    "DegreeDelisle": -2 / 3,
    "DegreeFahrenheit": 5 / 9,
    "DegreeNewton": 100 / 33,
    "DegreeRankine": 5 / 9,
    "DegreeReaumur": 5 / 4,
    "DegreeRoemer": 40 / 21,
    "Kelvin": 1.0,
    "MillidegreeCelsius": 1e-3,
    "SolarTemperature": 5778.0,
}
_ZERO: _Scale = {
    "DegreeCelsius": 273.15,
    "DegreeDelisle": 373.15,
    "DegreeFahrenheit": 459.67 * 5 / 9,
    "DegreeNewton": 273.15,
    "DegreeReaumur": 273.15,
    "DegreeRoemer": 273.15 - 7.5 * 40 / 21,
    "MillidegreeCelsius": 273.15,
}
_VOLUME: _Scale = {
    "AcreFoot": 1 / 0.000810714, "AuTablespoon": 2e-5, "BoardFoot": 2.3597372158e-3, "Centiliter": 1e-2 / 1e3,
    "CubicCentimeter": 1 / 1e6, "CubicDecimeter": 1 / 1e3, "CubicFoot": 2.8316846592e-2, "CubicHectometer": 1e6,
    "CubicInch": 1.6387 * 1e-5, "CubicKilometer": 1e9, "CubicMeter": 1.0, "CubicMicrometer": 1 / 1e18,
    "CubicMile": 4.16818182544058e9, "CubicMillimeter": 1 / 1e9, "CubicYard": 0.764554858, "Decaliter": 1e1 / 1e3,
    "DecausGallon": 1e1 * 0.00378541, "Deciliter": 1e-1 / 1e3, "DeciusGallon": 1e-1 * 0.00378541,
    "HectocubicFoot": 1e2 * 2.8316846592e-2, "HectocubicMeter": 1e2, "Hectoliter": 1e2 / 1e3,
    "HectousGallon": 1e2 * 0.00378541, "ImperialBeerBarrel": 0.16365924, "ImperialGallon": 0.0045460900000018145,
    "ImperialOunce": 2.84130624999629e-05, "ImperialPint": 5.6826125e-4, "KilocubicFoot": 1e3 * 2.8316846592e-2,
    "KilocubicMeter": 1e3, "KiloimperialGallon": 1e3 * 0.0045460900000018145, "Kiloliter": 1e3 / 1e3,
    "KilousGallon": 1e3 * 0.00378541, "Liter": 1 / 1e3, "MegacubicFoot": 1e6 * 2.8316846592e-2,
    "MegaimperialGallon": 1e6 * 0.0045460900000018145, "Megaliter": 1e6 / 1e3, "MegausGallon": 1e6 * 0.00378541,
    "MetricCup": 0.00025, "MetricTeaspoon": 0.5e-5, "Microliter": 1e-6 / 1e3, "Milliliter": 1e-3 / 1e3,
    "OilBarrel": 0.158987294928, "UkTablespoon": 1.5e-5, "UsBeerBarrel": 0.1173477658, "UsCustomaryCup": 0.0002365882365,
    "UsGallon": 0.00378541, "UsLegalCup": 0.00024, "UsOunce": 2.9573529562537606e-05, "UsPint": 4.73176473e-4,
    "UsQuart": 9.46352946e-4, "UsTablespoon": 1.478676478125e-5, "UsTeaspoon": 4.92892159375e-6,
}  # fmt: skip
