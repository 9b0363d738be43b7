"""How people say what engines, vehicles and power tools are heard to do."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
ENGINE_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "car_engine": (
        "{car noise}",
        "{a car|cars|the car|an automobile} {passes|running|driving|is passing|drives past|"
        "drives by|pass}",
        "{%car|%car engine|%automobile|%auto|%sedan|%sports car|%taxi|%cab|%jeep|%suv|%pickup|"
        "%hatchback|%saloon car|%passing car|%approaching car|%departing car|%speeding car|"
        "%idling car|%car motor|%driving car|%diesel engine of a car|%petrol engine|%gasoline "
        "engine|%electric car|%racing car|%race car|%engine of a car|%motor of a car|%car "
        "ignition|%car exhaust|%accelerating car|%car in the driveway|%car on the road|%car "
        "pulling up|%car pulling away|%car on gravel|%starter motor|%minivan|%small car|%getaway "
        "vehicle|%exhaust pipe}",
        "{a car going past|cars going past|cars on the road|cars on the street|a car speeding|a "
        "car racing|a car with its engine running|a car revving its engine|a revving car|the "
        "engine of a car starting|a car that won't start|car traffic|passenger cars|a motor car|"
        "the hum of a car|the roar of a car engine|the drone of cars|a car turning over|ignition|"
        "tyres on gravel|tires on gravel}",
        "{a car|a taxi|an automobile|the car|a sports car|a sedan|a jeep|a driver|a car engine|a "
        "pickup} {~pass|~pass by|~drive by|~drive past|~drive away|~drive off|~arrive|~leave|"
        "~park|~stop|~start|~idle|~rev|~accelerate|~pull up|~pull away|~speed by|~speed off|"
        "~race past|~approach|~slow down|~go by|~turn|~rumble past|~brake}",
        "{cars|taxis|automobiles|the cars|sports cars|drivers} {^pass|^pass by|^drive by|^drive "
        "past|^arrive|^leave|^stop|^start|^rev|^accelerate|^speed by|^race past|^approach|^go by|"
        "^idle|^slow down}",
    ),
    "motorcycle": (
        "{a bike engine}",
        "{a motorcycle|motorcycles|a motorbike|a scooter} {passes|roaring}",
        "{%motorcycle|%motorbike|%motor cycle|%motor bike|%moped|%scooter|%motor scooter|%dirt "
        "bike|%quad bike|%biker|%chopper motorcycle|%two stroke engine|%racing motorcycle|"
        "%motorcycle engine|%motorbike engine|%moped engine|%vespa|%trail bike|%passing "
        "motorcycle|%revving motorcycle|%speeding motorbike|%motorcyclist|%motorcycle gang|"
        "%harley|%superbike|%loud motorcycle|%motocross bike|%motorcycle exhaust}",
        "{a motorcycle going by|the roar of a motorcycle|the rev of a motorbike|the buzz of a "
        "moped|motocross|a motorcycle rider}",
        "{a motorcycle|a motorbike|a moped|a scooter|a biker|a motorcyclist|a dirt bike|a quad "
        "bike|the motorbike} {~pass|~pass by|~rev|~accelerate|~drive by|~drive past|~start|~idle|"
        "~roar past|~speed by|~race|~buzz past|~arrive|~drive off|~stop}",
        "{motorcycles|motorbikes|mopeds|scooters|bikers} {^pass|^pass by|^rev|^accelerate|^drive "
        "by|^start|^idle|^roar past|^speed by|^race}",
    ),
    "truck": (
        "{a heavy vehicle|heavy vehicles}",
        "{trucks|a heavy truck} {passing|passes|driving by|idling|starting|braking|arriving|is "
        "passing}",
        "{%truck|%lorry|%bus|%coach|%van|%delivery van|%delivery truck|%dump truck|%garbage "
        "truck|%bin lorry|%dustbin lorry|%refuse truck|%semi truck|%trailer truck|%articulated "
        "lorry|%tractor|%tractor trailer|%big rig|%eighteen wheeler|%pickup truck|%tow truck|"
        "%cement truck|%concrete mixer|%tipper|%heavy goods vehicle|%hgv|%cargo truck|%military "
        "truck|%tank truck|%tanker lorry|%diesel truck|%diesel engine|%diesel motor|%heavy truck|"
        "%heavy lorry|%truck engine|%lorry engine|%bus engine|%school bus|%city bus|%double "
        "decker|%juggernaut|%bulldozer|%excavator|%digger|%forklift|%loader|%heavy machine|"
        "%crane truck|%snow plough|%snow plow|%combine harvester|%air brake|%large vehicle|"
        "%minibus}",
        "{a truck on the road|a lorry on the road|a truck pulling in|goods vehicles|delivery "
        "vehicles|a delivery|heavy traffic with trucks|the rumble of a truck|the rumble of a "
        "lorry|the hiss of air brakes|a bus at the stop|bus doors|the bin men|bin men|earth "
        "movers|construction vehicles|a farm vehicle|farm machinery}",
        "{a truck|a lorry|a bus|a coach|a van|a tractor|a delivery van|a garbage truck|a heavy "
        "vehicle|a digger|a forklift|an excavator} {~pass|~pass by|~drive by|~drive past|~arrive|"
        "~leave|~stop|~start|~idle|~brake|~rumble past|~pull up|~pull away|~park|~accelerate|"
        "~unload|~thunder past|~go by|~approach}",
        "{trucks|lorries|buses|coaches|vans|tractors|heavy vehicles} {^pass|^pass by|^drive by|"
        "^drive past|^arrive|^leave|^stop|^idle|^brake|^rumble past|^thunder past|^unload}",
    ),
    "train": (
        "{a subway train|a metro}",
        "{trains} {passes}",
        "{%train|%railway train|%freight train|%goods train|%steam train|%steam locomotive|"
        "%locomotive|%express train|%commuter train|%high speed train|%subway|%underground train|"
        "%tube train|%metro train|%tram|%tramway|%streetcar|%trolley car|%railway|%railroad|"
        "%rail car|%train wheel|%train bell|%railway crossing|%level crossing|%railroad crossing|"
        "%passing train|%approaching train|%arriving train|%train on the tracks|%train station|"
        "%railway station|%train whistle|%train horn|%diesel locomotive|%steam engine|%steam "
        "whistle|%passenger train|%monorail|%wagon on rails}",
        "{rail transport|rails|railway tracks|clattering rails|train wheels squealing|choo choo|"
        "the rattle of a train|the rumble of a train|the clatter of a train|the subway|the "
        "underground|the metro|the tube|a train at the station|a train on rails|a locomotive "
        "whistle}",
        "{a train|a tram|a locomotive|a freight train|the train|a subway train|a metro|a goods "
        "train|a steam train|a streetcar} {~pass|~pass by|~go by|~arrive|~depart|~brake|~rattle "
        "past|~rumble past|~approach|~stop|~rush past|~thunder past|~whistle|~sound its horn|"
        "~pull in|~leave the station}",
        "{trains|trams|locomotives|freight trains} {^pass|^pass by|^go by|^arrive|^depart|^brake|"
        "^rattle past|^rumble past|^approach|^rush past}",
    ),
    "helicopter": (
        "{a flying helicopter|the rotor of a helicopter|the helicopter}",
        "{a helicopter|helicopters|the helicopter} {flies|is flying|hovers|in the air|in the sky|"
        "lands|fly}",
        "{%helicopter|%chopper|%copter|%rotorcraft|%police helicopter|%rescue helicopter|"
        "%military helicopter|%news helicopter|%army helicopter|%air ambulance|%attack "
        "helicopter|%hovering helicopter|%passing helicopter|%landing helicopter|%rotor blade|"
        "%helicopter blade|%helicopter engine|%helicopter rotor|%spinning rotor|%gunship|%drone|"
        "%quadcopter|%circling helicopter|%low_flying helicopter|%heli|%police chopper|"
        "%helicopter overhead|%whirlybird|%whirring rotor|%medical helicopter|%helicopter flyby}",
        "{helicopter noise|helicopter sounds|chopper noise|rotor noise|chopping rotors|thudding "
        "rotors|whirling blades|chopping blades|the chop of rotors|the beat of rotors|the whirr "
        "of rotor blades|the rotors of a helicopter|helicopters overhead|helicopter flying "
        "overhead|a helicopter in flight|a chopper overhead|propellers of a drone}",
        "{a helicopter|a chopper|the helicopter|a police helicopter|a rescue helicopter|a "
        "military helicopter|a copter|a drone} {~fly|~hover|~pass|~circle|~land|~take off|~fly "
        "by|~fly over|~fly past|~approach|~start|~hover overhead|~whirr|~pass overhead|~thud|"
        "~descend}",
        "{helicopters|choppers|police helicopters|rotors|rotor blades|drones} {^fly|^hover|^pass|"
        "^circle|^land|^take off|^fly by|^fly over|^approach|^spin|^chop|^whirl|^thud}",
    ),
    "aircraft": (
        "{a passing plane}",
        "{an airplane|a plane|planes|a jet} {flies|in the sky}",
        "{%airplane|%aeroplane|%plane|%jet|%airliner|%passenger plane|%fighter jet|%jet fighter|"
        "%jet plane|%jet aircraft|%propeller plane|%propeller aircraft|%light aircraft|%small "
        "plane|%biplane|%glider tow plane|%cargo plane|%military jet|%military plane|%jumbo jet|"
        "%turboprop|%jet engine|%aircraft engine|%aeroplane engine|%airplane engine|%passing "
        "aeroplane|%passing airplane|%low_flying plane|%landing plane|%departing plane|%bomber|"
        "%warplane|%business jet|%fixed wing aircraft|%airport|%airfield|%runway|%turbine|%plane "
        "overhead|%airplane overhead|%propeller|%airscrew}",
        "{planes overhead|jets overhead|the roar of a jet|the roar of a plane|the drone of a "
        "plane|the drone of a propeller plane|a jet flyby|air traffic|aviation|aeroplane noise|"
        "airplane noise|plane noise|jet noise|a sonic boom of a jet|an aeroplane in the sky}",
        "{a plane|an airplane|an aeroplane|a jet|a fighter jet|an airliner|a propeller plane|the "
        "plane|a light aircraft} {~fly|~fly over|~fly by|~fly past|~pass|~pass over|~pass "
        "overhead|~take off|~land|~roar overhead|~roar past|~drone overhead|~circle|~approach|"
        "~climb}",
        "{planes|airplanes|aeroplanes|jets|fighter jets|airliners} {^fly|^fly over|^fly by|^fly "
        "past|^pass|^pass over|^pass overhead|^take off|^land|^roar overhead|^circle}",
    ),
    "chainsaw": (
        "{a saw|sawing|a chainsaw engine|the chainsaw|saws|a sawing machine}",
        "{a chainsaw|chainsaws|a saw|someone with a chainsaw|a worker with a chainsaw} {sawing|"
        "saws|is sawing|running|buzzing|sawing wood|is running|at work|starting}",
        "{%chainsaw|%chain saw|%petrol saw|%gas saw|%motor saw|%power saw|%electric saw|"
        "%circular saw|%hand saw|%handsaw|%saw blade|%sawmill|%table saw|%buzz saw|%band saw|"
        "%running chainsaw|%revving chainsaw|%roaring chainsaw|%buzzing saw|%logger|%lumberjack|"
        "%woodcutter|%tree cutter|%tree surgeon|%forestry worker|%hedge trimmer|%saw cutting "
        "wood|%jigsaw|%chain saw engine|%chainsaw motor|%saw machine|%wood saw|%electric "
        "chainsaw|%metal saw|%wood cutter}",
        "{logging|felling|tree felling|cutting trees|cutting wood|cutting down a tree|a tree "
        "being cut down|trees being felled|wood being cut|wood being sawn|sawing of wood|sawing "
        "logs|sawing a tree|the buzz of a chainsaw|the roar of a chainsaw|the whine of a saw|the "
        "sawing of wood|chainsaw noise|chainsaw sawing|chainsaw cutting|chainsaw running|timber "
        "cutting|cutting branches|trimming trees|forestry work|wood cutting|someone cutting down "
        "trees}",
        "{a chainsaw|a chain saw|a saw|the chainsaw|a power saw|a motor saw} {~saw|~cut|~cut "
        "wood|~run|~buzz|~roar|~rev|~start|~whine|~idle|~cut a tree|~cut through wood|~scream|"
        "~be started|~be used}",
        "{a circular saw} {~saw|~cut|~cut wood|~run|~buzz|~roar|~rev|~start|~whine|~idle|~scream|"
        "~be started|~be used}",
        "{someone|a man|a worker|a logger|somebody|a gardener|a person} {~saw|~saw wood|~saw "
        "logs|~cut wood|~cut a tree|~cut down a tree|~fell a tree|~use a chainsaw|~run a "
        "chainsaw|~start a chainsaw|~trim a tree|~work with a chainsaw|~use a saw}",
        "{a lumberjack|a neighbour|a neighbor} {~saw|~saw wood|~cut wood|~use a chainsaw|~run a "
        "chainsaw|~start a chainsaw|~use a saw}",
        "{chainsaws|saws|loggers|lumberjacks|workers|men} {^saw|^cut wood|^cut trees|^buzz|^fell "
        "trees|^saw wood}",
    ),
    "lawn_mower": (
        "{%lawn mower|%lawnmower|%mower|%grass cutter|%lawn tractor|%ride_on mower|%riding mower|"
        "%petrol mower|%electric mower|%strimmer|%grass trimmer|%weed whacker|%string trimmer|"
        "%brush cutter|%leaf blower|%push mower|%hedge cutter|%garden machine|%robot mower|"
        "%mowing machine|%lawn mower engine|%garden tractor|%turf cutter|%weed eater}",
        "{mowing|mowing the lawn|mowing the grass|mowing grass|cutting the grass|cutting the "
        "lawn|grass being cut|grass being mown|lawn mowing|grass cutting|grass mowing|trimming "
        "the lawn|strimming|gardening machines|leaf blowing|the drone of a lawn mower|the buzz "
        "of a lawn mower|a gardener with a mower|gardeners at work}",
        "{a lawn mower|a lawnmower|a mower|a strimmer} {~run|~start|~mow|~buzz|~drone|~cut grass|"
        "~hum|~mow the lawn|~be running outside}",
        "{a leaf blower|a grass trimmer} {~run|~start|~mow|~buzz|~drone|~hum|~be running outside}",
        "{someone|a man|a person|somebody} {~mow|~mow the lawn|~mow the grass|~cut the grass|"
        "~cut the lawn|~trim the grass|~use a lawn mower|~blow leaves|~use a leaf blower}",
        "{a gardener|a neighbour|a neighbor|a landscaper} {~mow|~blow leaves}",
        "{lawn mowers|lawnmowers|mowers|gardeners|neighbours|neighbors} {^mow|^mow the lawn|^run|"
        "^buzz}",
        "{lawn mowers|lawnmowers|mowers|gardeners} {^cut the grass}",
    ),
    "power_drill": (
        "{a dentist's drill}",
        "{%drill|%power drill|%electric drill|%cordless drill|%hammer drill|%drilling machine|"
        "%jackhammer|%pneumatic drill|%road drill|%rock drill|%rotary hammer|%drill bit|"
        "%screwdriver|%electric screwdriver|%impact driver|%impact wrench|%angle grinder|"
        "%grinder|%sander|%belt sander|%polisher|%lathe|%router|%milling machine|%dentist drill|"
        "%dental drill|%masonry drill|%core drill|%hand drill|%drilling noise|%breaker hammer|"
        "%demolition hammer|%power screwdriver|%drill press|%air hammer|%concrete drill|"
        "%polishing machine|%grinding machine}",
        "{drilling|drilling in a wall|drilling into concrete|drilling holes|drilling a hole|a "
        "hole being drilled|boring|boring a hole|grinding|grinding metal|sanding|sanding wood|"
        "the whine of a drill|the whirr of a drill|the buzz of a drill|roadworks with a "
        "jackhammer|breaking up the road|renovation work|DIY with a drill|metal grinding|"
        "screwing}",
        "{a drill|an electric drill|a power drill|a jackhammer|a hammer drill|a grinder|the "
        "drill|a drilling machine} {~drill|~run|~whine|~whirr|~drill into a wall|~drill a hole|"
        "~bore|~hammer|~buzz|~start|~spin|~drill into concrete|~break concrete}",
        "{a pneumatic drill} {~drill|~run|~whine|~whirr|~bore|~hammer|~buzz|~start|~spin}",
        "{someone|a worker|a man|a builder|a handyman|a workman|a plumber|a dentist|an "
        "electrician|a burglar} {~drill|~drill a hole|~drill holes|~drill into a wall|~drill "
        "through metal|~use a drill|~use a jackhammer|~grind|~grind metal|~sand|~drill a lock|"
        "~bore a hole}",
        "{a neighbour|a neighbor} {~drill|~use a drill|~grind|~grind metal|~sand}",
        "{workers|builders|drills|jackhammers|workmen|men|neighbours|neighbors} {^drill|^drill "
        "holes|^grind|^bore|^break concrete}",
        "{workers|builders|drills|jackhammers|workmen|men} {^drill into a wall}",
    ),
    "vacuum_cleaner": (
        "{%vacuum cleaner|%vacuum|%hoover|%carpet cleaner|%floor cleaner|%robot vacuum|"
        "%industrial vacuum cleaner|%vacuum machine|%cleaning machine|%dust buster|%hand held "
        "vacuum|%car vacuum|%hair dryer|%hairdryer|%blow dryer|%hand dryer|%floor polisher|"
        "%carpet sweeper|%wet vac|%shop vac|%cleaning lady with a vacuum|%vacuum cleaner motor|"
        "%roomba|%handheld vacuum|%suction machine}",
        "{hoovering|vacuuming|vacuuming the carpet|vacuuming the floor|hoovering the floor|"
        "cleaning the carpet|floor cleaning|housework with a vacuum cleaner|the whine of a "
        "vacuum cleaner|the hum of a vacuum|the drone of a hoover|suction|a cleaning crew with "
        "vacuums|blow drying|drying hair}",
        "{a vacuum cleaner|a hoover|a vacuum|a hair dryer|a hand dryer|the vacuum cleaner|a "
        "robot vacuum} {~run|~hum|~whine|~roar|~start|~drone|~be running|~be switched on|~be "
        "used|~suck up dust}",
        "{someone|a cleaner|a woman|a man|somebody|a person|a maid} {~vacuum|~hoover|~vacuum the "
        "floor|~vacuum the carpet|~hoover the carpet|~use a vacuum cleaner|~clean the carpet|"
        "~dry hair|~vacuum a car}",
        "{a janitor|a cleaning lady} {~vacuum|~hoover|~use a vacuum cleaner|~dry hair}",
        "{vacuum cleaners|hoovers|cleaners|cleaning staff} {^run|^hum|^vacuum|^hoover|^clean the "
        "floor}",
    ),
}
