import { expect, it } from 'vitest'
import { hiddenLayers, hiddenText, look, lookText } from './mapView'

it('keeps where the map looks', () => {
  expect(look({ at: lookText({ lon: 117.712346, lat: 39.1, zoom: 12.34 }) })).toEqual({ lon: 117.71235, lat: 39.1, zoom: 12.3 })
})
it('takes no nonsense', () => {
  for (const at of ['', '1,2', '181,0,5', '0,91,5', '0,0,99', 'a,b,c', '0,0,', '1,2,3,4']) expect([at, look({ at })]).toEqual([at, undefined])
})
it('keeps which layers are off, and says nothing of the usual ones', () => {
  expect(hiddenLayers({})).toEqual(['fences'])
  expect(hiddenText(['fences'])).toBeUndefined()
  expect(hiddenText([])).toBe('none')
  expect(hiddenLayers({ off: 'none' })).toEqual([])
  expect(hiddenText(['coast', 'vehicles'])).toBe('vehicles.coast')
  expect(hiddenLayers({ off: 'vehicles.coast.nonsense' })).toEqual(['vehicles', 'coast'])
})
