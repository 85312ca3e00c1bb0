"""The physics facts behind the sample data: subject and answer, one table per relation.

Every fact has one accepted short answer. Where history names two people or a book rounds differently, the fact is
left out. Values are CODATA 2018, rounded to four digits.
"""

from __future__ import annotations

SI_UNITS = {
    "force": "newton",
    "energy": "joule",
    "power": "watt",
    "pressure": "pascal",
    "frequency": "hertz",
    "electric charge": "coulomb",
    "voltage": "volt",
    "electrical resistance": "ohm",
    "electrical conductance": "siemens",
    "capacitance": "farad",
    "inductance": "henry",
    "magnetic flux": "weber",
    "magnetic flux density": "tesla",
    "electric current": "ampere",
    "thermodynamic temperature": "kelvin",
    "mass": "kilogram",
    "length": "metre",
    "time": "second",
    "amount of substance": "mole",
    "luminous intensity": "candela",
    "luminous flux": "lumen",
    "illuminance": "lux",
    "radioactive activity": "becquerel",
    "absorbed radiation dose": "gray",
}
"""Quantity -> its unit in the International System."""

UNIT_SYMBOLS = {
    "newton": "N",
    "joule": "J",
    "watt": "W",
    "pascal": "Pa",
    "hertz": "Hz",
    "coulomb": "C",
    "volt": "V",
    "ohm": "Ω",
    "farad": "F",
    "weber": "Wb",
    "tesla": "T",
    "kelvin": "K",
    "mole": "mol",
    "candela": "cd",
    "becquerel": "Bq",
    "sievert": "Sv",
}
"""Unit -> its symbol."""

DISCOVERERS = {
    "the electron": "J. J. Thomson",
    "the neutron": "James Chadwick",
    "the proton": "Ernest Rutherford",
    "the positron": "Carl Anderson",
    "X-rays": "Wilhelm Röntgen",
    "radioactivity": "Henri Becquerel",
    "superconductivity": "Heike Kamerlingh Onnes",
    "infrared radiation": "William Herschel",
    "ultraviolet radiation": "Johann Ritter",
    "cosmic rays": "Victor Hess",
    "electromagnetic induction": "Michael Faraday",
    "the magnetic effect of electric current": "Hans Christian Ørsted",
    "the photoelectric effect": "Heinrich Hertz",
    "deuterium": "Harold Urey",
    "the first pulsar": "Jocelyn Bell Burnell",
}
"""Particle or phenomenon -> who discovered it."""

ORIGINATORS = {
    "the general theory of relativity": "Albert Einstein",
    "the law of universal gravitation": "Isaac Newton",
    "the laws of planetary motion": "Johannes Kepler",
    "the uncertainty principle": "Werner Heisenberg",
    "the exclusion principle": "Wolfgang Pauli",
    "the wave equation of quantum mechanics": "Erwin Schrödinger",
    "the quantum hypothesis": "Max Planck",
    "the theory of the electromagnetic field": "James Clerk Maxwell",
    "the hypothesis of matter waves": "Louis de Broglie",
    "the wave theory of light": "Christiaan Huygens",
    "the principle of buoyancy": "Archimedes",
    "the quantised model of the hydrogen atom": "Niels Bohr",
    "the relativistic equation of the electron": "Paul Dirac",
    "the concept of entropy": "Rudolf Clausius",
    "the probability reading of the wave function": "Max Born",
}
"""Theory or law -> who put it forward."""

INVENTORS = {
    "the electric battery": "Alessandro Volta",
    "the mercury barometer": "Evangelista Torricelli",
    "the cloud chamber": "Charles Wilson",
    "the bubble chamber": "Donald Glaser",
    "the cyclotron": "Ernest Lawrence",
    "the pendulum clock": "Christiaan Huygens",
    "the lightning rod": "Benjamin Franklin",
    "the mercury thermometer": "Daniel Fahrenheit",
    "the electromagnet": "William Sturgeon",
    "the vacuum pump": "Otto von Guericke",
    "the vacuum flask": "James Dewar",
    "holography": "Dennis Gabor",
}
"""Device -> who invented it."""

VALUES = {
    "the speed of light in vacuum": "299,792,458 m/s",
    "the elementary charge": "1.602 × 10⁻¹⁹ C",
    "the Planck constant": "6.626 × 10⁻³⁴ J s",
    "the Boltzmann constant": "1.381 × 10⁻²³ J/K",
    "the Avogadro constant": "6.022 × 10²³ per mole",
    "the molar gas constant": "8.314 J/(mol K)",
    "the mass of the electron": "9.109 × 10⁻³¹ kg",
    "the mass of the proton": "1.673 × 10⁻²⁷ kg",
    "standard atmospheric pressure": "101,325 Pa",
    "absolute zero on the Celsius scale": "-273.15 °C",
    "the boiling point of water at sea level": "100 °C",
    "the density of water at 4 °C": "1000 kg/m³",
    "the refractive index of water": "1.33",
    "the speed of sound in air at 20 °C": "343 m/s",
    "the escape velocity of Earth": "11.2 km/s",
}
"""Constant or property -> its value with unit."""

INSTRUMENTS = {
    "a barometer": "atmospheric pressure",
    "a thermometer": "temperature",
    "an ammeter": "electric current",
    "a voltmeter": "voltage",
    "an ohmmeter": "electrical resistance",
    "a hygrometer": "humidity",
    "an anemometer": "wind speed",
    "a calorimeter": "heat",
    "a magnetometer": "magnetic fields",
    "a dynamometer": "force",
    "a tachometer": "rotational speed",
    "an altimeter": "altitude",
    "a Geiger counter": "ionising radiation",
    "an odometer": "distance travelled",
}
"""Instrument, with its article -> what it measures."""

FORMULAS = {
    "Ohm's law": "V = IR",
    "Newton's second law": "F = ma",
    "the equivalence of mass and energy": "E = mc²",
    "Hooke's law": "F = -kx",
    "the ideal gas law": "pV = nRT",
    "the energy of a photon": "E = hf",
    "the de Broglie wavelength": "λ = h/p",
    "the momentum of a slow body": "p = mv",
    "the kinetic energy of a slow body": "E = ½mv²",
    "the weight of a body": "W = mg",
    "the electric power of a circuit": "P = VI",
    "the first law of thermodynamics": "ΔU = Q - W",
}
"""Law or quantity -> its formula in the usual letters."""

TERMS = {
    "the bending of light between two media": "refraction",
    "the spreading of waves behind an obstacle": "diffraction",
    "the return of light from a mirror": "reflection",
    "the separation of white light into colours": "dispersion",
    "the splitting of a heavy nucleus": "nuclear fission",
    "the merging of two light nuclei": "nuclear fusion",
    "the direct change from solid to gas": "sublimation",
    "the change from gas to liquid": "condensation",
    "the resistance of a fluid to flow": "viscosity",
    "the rate of change of velocity": "acceleration",
    "the rate of doing work": "power",
    "mass per unit volume": "density",
    "force per unit area": "pressure",
    "the product of mass and velocity": "momentum",
    "the number of oscillations per second": "frequency",
    "the distance between neighbouring wave crests": "wavelength",
    "the resistance of a body to a change of motion": "inertia",
    "heat transport by a moving fluid": "convection",
    "the force that opposes sliding": "friction",
    "the upward force on a body in a fluid": "buoyancy",
}
"""Description -> the term for it."""
